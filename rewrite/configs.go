package rewrite

import (
	"fmt"
	"go/build/constraint"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A configuration is what the build constraints of a file ask about.
type configuration struct {
	goos, goarch string
	release      int      // N of the newest go1.N
	tags         []string // the other tags that are set, sorted: cgo, gccgo, those of -tags
}

// A constrained is a source file of a package, with the condition under which
// it is built; nil means always.
type constrained struct {
	name string
	when constraint.Expr
}

// otherConfigurations returns the fewest configurations that it can find that
// together build every one of files that host leaves out, and each of them also
// together with every one of edited that it can be built with. It fails if a
// file cannot be built at all. The first of two equally good choices is taken,
// and the files are taken in their order: same files, same result.
func (host configuration) otherConfigurations(files, edited []constrained) ([]configuration, error) {
	wanted, err := host.wanted(files, edited)
	if err != nil {
		return nil, err
	}
	var chosen []configuration
	for len(wanted) > 0 {
		c := host
		var met []constraint.Expr
		for _, x := range wanted {
			if more, ok := host.extend(c, met, x); ok {
				c, met = more, append(met, x)
			}
		}
		chosen = append(chosen, c)
		wanted = slices.DeleteFunc(wanted, c.meets)
	}
	return chosen, nil
}

// wanted returns the conditions that some configuration has to meet, each.
func (host configuration) wanted(files, edited []constrained) ([]constraint.Expr, error) {
	var wanted, conditions []constraint.Expr // conditions are those of edited
	for _, e := range edited {
		if e.when != nil {
			conditions = appendExpr(conditions, e.when)
		}
	}
	for _, f := range files {
		if host.meets(f.when) || contains(wanted, f.when) {
			continue
		}
		c, ok := host.extend(host, nil, f.when)
		if !ok {
			if slices.Contains(tagsOf(f.when), "ignore") {
				continue // a script that is no part of the package
			}
			return nil, fmt.Errorf("no configuration builds %s", filepath.Base(f.name))
		}
		wanted = append(wanted, f.when)
		for _, e := range conditions {
			both := and(f.when, e)
			if _, ok := host.nearest(c, nil, both, ports); ok {
				wanted = appendExpr(wanted, both)
			}
		}
	}
	return wanted, nil
}

// extend returns a configuration that meets all of met, as c does, and x. It
// differs from the host as little as possible, and from c in no tag that x
// does not ask about.
func (host configuration) extend(c configuration, met []constraint.Expr, x constraint.Expr) (configuration, bool) {
	if c.meets(x) {
		return c, true
	}
	best, ok := host.nearest(c, met, x, ports)
	if !ok && len(met) == 0 {
		// A port that Go has no more, or not yet.
		best, ok = host.nearest(c, met, x, oldPorts())
	}
	return best, ok
}

// nearest is extend with the platforms to choose from, beside that of c.
func (host configuration) nearest(c configuration, met []constraint.Expr, x constraint.Expr, ports []string) (configuration, bool) {
	tags, releases := optionsOf(c, x)
	kept := slices.DeleteFunc(slices.Clone(c.tags), func(tag string) bool { return slices.Contains(tags, tag) })
	sets := subsets(tags)
	all := append(slices.Clip(met), x)
	var best configuration
	least := math.MaxInt
	for _, port := range append([]string{c.goos + "/" + c.goarch}, ports...) {
		goos, goarch, _ := strings.Cut(port, "/")
		for _, release := range releases {
			for _, set := range sets {
				v := configuration{goos, goarch, release, slices.Concat(kept, set)}
				if !v.meets(x) || slices.ContainsFunc(met, func(x constraint.Expr) bool { return !v.meets(x) }) {
					continue
				}
				slices.Sort(v.tags)
				if d := host.distance(v); d < least && host.plausible(v, all) {
					best, least = v, d
				}
			}
		}
	}
	return best, least < math.MaxInt
}

// optionsOf returns the tags that x mentions, other than those of platforms,
// and the releases of which one decides each go1.N of x one way or the other.
func optionsOf(c configuration, x constraint.Expr) (tags []string, releases []int) {
	const most = 6 // tags of one constraint; there are as many variants as sets of them
	releases = []int{c.release}
	for _, tag := range tagsOf(x) {
		n, isRelease := releaseOf(tag)
		switch {
		case isRelease:
			releases = append(releases, n-1, n)
		case tag == "gc":
			tags = append(tags, "gccgo")
		case !isPlatform(tag) && tag != "ignore" && len(tags) < most:
			tags = append(tags, tag)
		}
	}
	slices.Sort(releases[1:])
	return tags, releases
}

// distance says how unlike the host c is. Another platform or a custom tag is
// an everyday thing, another compiler or release the last resort.
func (host configuration) distance(c configuration) int {
	d := 0
	if c.goos != host.goos {
		d += 2
	}
	if c.goarch != host.goarch {
		d += 2
	}
	if c.release != host.release {
		d += 10
	}
	for _, tag := range host.flipped(c) {
		if tag == "gccgo" {
			d += 10
		} else {
			d += 3
		}
	}
	return d
}

// plausible reports whether each custom tag that c flips is asked about
// together with the others. Tags are often alternatives to each other, and code
// that is built for two of them at once proves little.
func (host configuration) plausible(c configuration, asked []constraint.Expr) bool {
	flipped := slices.DeleteFunc(host.flipped(c), func(tag string) bool { return tag == "cgo" })
	return len(flipped) < 2 || slices.ContainsFunc(asked, func(x constraint.Expr) bool {
		tags := tagsOf(x)
		return !slices.ContainsFunc(flipped, func(tag string) bool { return !slices.Contains(tags, tag) })
	})
}

// flipped returns the tags that are set in one of host and c, sorted.
func (host configuration) flipped(c configuration) []string {
	var flipped []string
	for _, tag := range slices.Concat(host.tags, c.tags) {
		if slices.Contains(host.tags, tag) != slices.Contains(c.tags, tag) {
			flipped = append(flipped, tag)
		}
	}
	slices.Sort(flipped)
	return flipped
}

// meets reports whether c builds files with the constraint x.
func (c configuration) meets(x constraint.Expr) bool {
	return x == nil || x.Eval(c.has)
}

// has reports whether the tag is set, as go/build does.
func (c configuration) has(tag string) bool {
	if n, ok := releaseOf(tag); ok {
		return n <= c.release
	}
	switch tag {
	case c.goos, c.goarch:
		return true
	case "linux":
		return c.goos == "android"
	case "solaris":
		return c.goos == "illumos"
	case "darwin":
		return c.goos == "ios"
	case "unix":
		return !slices.Contains(notUnix, c.goos)
	case "gc":
		return !slices.Contains(c.tags, "gccgo")
	}
	return slices.Contains(c.tags, tag)
}

// describe says in which respects c is not the host.
func (host configuration) describe(c configuration) string {
	var parts []string
	if c.goos != host.goos {
		parts = append(parts, "GOOS="+c.goos)
	}
	if c.goarch != host.goarch {
		parts = append(parts, "GOARCH="+c.goarch)
	}
	if c.release != host.release {
		parts = append(parts, "go1."+strconv.Itoa(c.release))
	}
	var set, unset []string
	for _, tag := range host.flipped(c) {
		switch on := slices.Contains(c.tags, tag); {
		case tag == "cgo" && on:
			parts = append(parts, "CGO_ENABLED=1")
		case tag == "cgo":
			parts = append(parts, "CGO_ENABLED=0")
		case tag == "gccgo":
			parts = append(parts, "-compiler=gccgo")
		case on:
			set = append(set, tag)
		default:
			unset = append(unset, tag)
		}
	}
	if len(set) > 0 {
		parts = append(parts, "-tags="+strings.Join(set, ","))
	}
	if len(unset) > 0 {
		parts = append(parts, "without -tags="+strings.Join(unset, ","))
	}
	return strings.Join(parts, " ")
}

// releaseOf returns N for the tag go1.N.
func releaseOf(tag string) (int, bool) {
	minor, ok := strings.CutPrefix(tag, "go1.")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(minor)
	return n, err == nil
}

// subsets returns all sets that can be made of tags, the empty one first.
func subsets(tags []string) [][]string {
	sets := [][]string{nil}
	for _, tag := range tags {
		for _, set := range sets[:len(sets):len(sets)] {
			sets = append(sets, append(slices.Clip(set), tag))
		}
	}
	return sets
}
