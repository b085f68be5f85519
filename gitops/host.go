package gitops

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// A Repo names a repository on a host.
type Repo struct {
	Owner, Name string
	API         string // URL of the host's REST API
}

// String returns OWNER/NAME.
func (r Repo) String() string { return r.Owner + "/" + r.Name }

// ParseRepo returns what the remote of a clone, a URL or git's host:path, names. A
// user or password in it is passed over, and not repeated in errors.
func ParseRepo(remote string) (Repo, error) {
	u, err := parseRemote(remote)
	if err != nil {
		return Repo{}, err
	}
	parts := strings.Split(strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git"), "/")
	if len(parts) != 2 || parts[0] == "" || parts[1] == "" || u.Host == "" {
		return Repo{}, errors.New("the remote is not HOST/OWNER/NAME, as repositories on GitHub are")
	}
	return Repo{Owner: parts[0], Name: parts[1], API: apiOf(u)}, nil
}

// parseRemote returns the URL of a remote, without who is to log in.
func parseRemote(remote string) (*url.URL, error) {
	if host, path, ok := strings.Cut(remote, ":"); ok && !strings.Contains(host, "/") && !strings.HasPrefix(path, "//") {
		_, host, at := strings.Cut(host, "@")
		if !at {
			host, _, _ = strings.Cut(remote, ":")
		}
		return &url.URL{Scheme: "ssh", Host: host, Path: path}, nil
	}
	u, err := url.Parse(remote)
	if err != nil {
		return nil, errors.New("the remote is no URL") // err would repeat a password
	}
	u.User = nil
	return u, nil
}

// apiOf returns where the API of the host of a repository is: GitHub's own, that of
// an enterprise in its cloud, or that of a server.
func apiOf(remote *url.URL) string {
	host := strings.ToLower(remote.Host)
	switch {
	case remote.Hostname() == "github.com", remote.Hostname() == "ssh.github.com":
		return "https://api.github.com/"
	case strings.HasSuffix(remote.Hostname(), ".ghe.com"):
		return "https://api." + remote.Hostname() + "/"
	case remote.Scheme == "ssh":
		host = remote.Hostname() // the port is that of ssh
	}
	scheme := "https"
	if ip := net.ParseIP(remote.Hostname()); remote.Scheme == "http" && ip != nil && ip.IsLoopback() {
		scheme = "http" // a token stays on this machine
	}
	return fmt.Sprintf("%s://%s/api/v3/", scheme, host)
}
