package githubtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/ctxfix/ctxfix/internal/githubtest"
)

// openPull opens a pull request of a branch.
func openPull(t *testing.T, client *github.Client, branch string) *github.PullRequest {
	t.Helper()
	p, _, err := client.PullRequests.Create(ctx, owner, repo, &github.NewPullRequest{
		Title: github.String("Fix " + branch), Head: &branch, Base: github.String("main"),
		Body: github.String("body of " + branch),
	})
	check(t, err)
	return p
}

// getPull returns a pull request as it is now.
func getPull(t *testing.T, client *github.Client, number int) *github.PullRequest {
	t.Helper()
	p, _, err := client.PullRequests.Get(ctx, owner, repo, number)
	check(t, err)
	return p
}

func TestCreatePull(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	sha := createBranch(t, client, "work")
	check(t, func() error { _, err := s.Git("branch", "same", "main"); return err }())
	p := openPull(t, client, "work")
	equal(t, "number", p.GetNumber(), 1)
	equal(t, "head", p.GetHead().GetSHA(), sha)
	equal(t, "head's label", p.GetHead().GetLabel(), "octo:work")
	equal(t, "author", p.GetUser().GetLogin(), "ctxfix[bot]")
	for _, test := range []struct {
		pull github.NewPullRequest
		want string
	}{
		{github.NewPullRequest{Title: github.String("t"), Head: github.String("work"), Base: github.String("main")}, "A pull request already exists for octo:work."},
		{github.NewPullRequest{Title: github.String("t"), Head: github.String("none"), Base: github.String("main")}, "head"},
		{github.NewPullRequest{Title: github.String("t"), Head: github.String("work"), Base: github.String("none")}, "base"},
		{github.NewPullRequest{Title: github.String(""), Head: github.String("work"), Base: github.String("same")}, "title"},
		{github.NewPullRequest{Title: github.String("t"), Head: github.String("same"), Base: github.String("main")}, "No commits between main and same"},
		{github.NewPullRequest{Title: github.String("t"), Head: github.String("work"), Base: github.String("same"), Body: github.String(strings.Repeat("ü", 65537))}, "too long"},
	} {
		_, _, err := client.PullRequests.Create(ctx, owner, repo, &test.pull)
		wantError(t, err, http.StatusUnprocessableEntity, test.want)
	}
	long := github.NewPullRequest{
		Title: github.String("t"), Head: github.String("work"), Base: github.String("same"),
		Body: github.String(strings.Repeat("ü", 65536)), Draft: github.Bool(true),
	}
	p, _, err := client.PullRequests.Create(ctx, owner, repo, &long)
	check(t, err)
	equal(t, "draft", p.GetDraft(), true)
}

func TestListPulls(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	for i := range 5 {
		createBranch(t, client, fmt.Sprintf("work/%d", i))
		openPull(t, client, fmt.Sprintf("work/%d", i))
	}
	check(t, s.ClosePull(2))
	numbers := func(opts github.PullRequestListOptions) string {
		var found []string
		for {
			page, res, err := client.PullRequests.List(ctx, owner, repo, &opts)
			check(t, err)
			for _, p := range page {
				found = append(found, fmt.Sprint(p.GetNumber()))
			}
			if res.NextPage == 0 {
				return strings.Join(found, " ")
			}
			opts.Page = res.NextPage
			found = append(found, "|")
		}
	}
	equal(t, "open", numbers(github.PullRequestListOptions{}), "5 4 3 1")
	equal(t, "all, by two", numbers(github.PullRequestListOptions{State: "all", ListOptions: github.ListOptions{PerPage: 2}}), "5 4 | 3 2 | 1")
	equal(t, "closed", numbers(github.PullRequestListOptions{State: "closed"}), "2")
	equal(t, "of a branch", numbers(github.PullRequestListOptions{State: "all", Head: "octo:work/1"}), "2")
	equal(t, "of a branch without an owner", numbers(github.PullRequestListOptions{Head: "work/1"}), "5 4 3 1")
	equal(t, "of a base", numbers(github.PullRequestListOptions{Base: "none"}), "")
	equal(t, "the oldest first", numbers(github.PullRequestListOptions{Direction: "asc"}), "1 3 4 5")
}

func TestUpdatePull(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	createBranch(t, client, "work")
	openPull(t, client, "work")
	edit := func(p *github.PullRequest) error {
		_, _, err := client.PullRequests.Edit(ctx, owner, repo, 1, p)
		return err
	}
	check(t, func() error { _, err := s.Git("branch", "next", "main"); return err }())
	check(t, edit(&github.PullRequest{
		Title: github.String("T"), Body: github.String("B"), Base: &github.PullRequestBranch{Ref: github.String("next")},
	}))
	p := getPull(t, client, 1)
	equal(t, "pull request", p.GetTitle()+p.GetBody()+p.GetBase().GetRef(), "TBnext")
	equal(t, "mergeable", p.GetMergeable(), true)
	wantError(t, edit(&github.PullRequest{Body: github.String(strings.Repeat("x", 65537))}), 422, "too long")
	check(t, edit(&github.PullRequest{State: github.String("closed")}))
	equal(t, "state", getPull(t, client, 1).GetState(), "closed")
	check(t, edit(&github.PullRequest{State: github.String("open")}))
	equal(t, "state", getPull(t, client, 1).GetState(), "open")
	check(t, s.DeleteBranch("work"))
	wantError(t, edit(&github.PullRequest{State: github.String("open")}), 422, "has been deleted")
}

func TestPeople(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	for _, branch := range []string{"merged", "deleted", "emptied"} {
		createBranch(t, client, branch)
		openPull(t, client, branch)
	}
	pushed, err := s.Commit("merged", "more", map[string]githubtest.File{"c.go": {Content: "package m\n"}})
	check(t, err)
	p := getPull(t, client, 1)
	equal(t, "head after a push", p.GetHead().GetSHA(), pushed)
	head, _, err := client.Repositories.GetCommit(ctx, owner, repo, pushed, nil)
	check(t, err)
	equal(t, "who pushed", head.GetAuthor().GetLogin(), githubtest.Person)
	equal(t, "verified", head.GetCommit().GetVerification().GetVerified(), false)
	commits, _, err := client.PullRequests.ListCommits(ctx, owner, repo, 1, nil)
	check(t, err)
	equal(t, "commits", len(commits), 2)
	files, _, err := client.PullRequests.ListFiles(ctx, owner, repo, 1, nil)
	check(t, err)
	equal(t, "files", len(files), 2)

	check(t, s.MergePull(1))
	p = getPull(t, client, 1)
	equal(t, "merged", p.GetMerged(), true)
	equal(t, "merge", p.GetMergeCommitSHA() != "", true)
	check(t, s.DeleteBranch("deleted"))
	_, err = s.Git("update-ref", "refs/heads/emptied", "main")
	check(t, err)
	for number := 2; number <= 3; number++ {
		p := getPull(t, client, number)
		equal(t, "state", p.GetState(), "closed")
		equal(t, "merged", p.GetMerged(), false)
	}
}

func TestConflict(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	createBranch(t, client, "work")
	openPull(t, client, "work")
	_, err := s.Commit("main", "other", map[string]githubtest.File{"a/a.go": {Content: "package other\n"}})
	check(t, err)
	p := getPull(t, client, 1)
	equal(t, "mergeable", p.GetMergeable(), false)
	equal(t, "state", p.GetMergeableState(), "dirty")
	if s.MergePull(1) == nil {
		t.Error("merged all the same")
	}
}

func TestReviewers(t *testing.T) {
	_, client := start(t, githubtest.Config{Login: "lisa", Collaborators: []string{"lisa", "mona"}, Teams: []string{"crew"}})
	createBranch(t, client, "work")
	openPull(t, client, "work")
	ask := func(r github.ReviewersRequest) error {
		_, _, err := client.PullRequests.RequestReviewers(ctx, owner, repo, 1, r)
		return err
	}
	wantError(t, ask(github.ReviewersRequest{Reviewers: []string{"lisa"}}), 422, "pull request author")
	wantError(t, ask(github.ReviewersRequest{Reviewers: []string{"nobody"}}), 422, "not a collaborator")
	check(t, ask(github.ReviewersRequest{Reviewers: []string{"mona"}, TeamReviewers: []string{"crew"}}))
	got, _, err := client.PullRequests.ListReviewers(ctx, owner, repo, 1, nil)
	check(t, err)
	equal(t, "user", got.Users[0].GetLogin(), "mona")
	equal(t, "team", got.Teams[0].GetSlug(), "crew")
	_, err = client.PullRequests.RemoveReviewers(ctx, owner, repo, 1, github.ReviewersRequest{Reviewers: []string{"mona"}})
	check(t, err)
	equal(t, "reviewers", len(getPull(t, client, 1).RequestedReviewers), 0)
}

func TestLabelsAndAssignees(t *testing.T) {
	_, client := start(t, githubtest.Config{Collaborators: []string{"mona"}})
	createBranch(t, client, "work")
	openPull(t, client, "work")
	labels, _, err := client.Issues.AddLabelsToIssue(ctx, owner, repo, 1, []string{"bot", "go"})
	check(t, err)
	equal(t, "labels", len(labels), 2)
	_, err = client.Issues.RemoveLabelForIssue(ctx, owner, repo, 1, "go")
	check(t, err)
	_, err = client.Issues.RemoveLabelForIssue(ctx, owner, repo, 1, "go")
	wantError(t, err, http.StatusNotFound, "Label does not exist")
	labels, _, err = client.Issues.ListLabelsByIssue(ctx, owner, repo, 1, nil)
	check(t, err)
	equal(t, "label", labels[0].GetName(), "bot")
	_, _, err = client.Issues.ReplaceLabelsForIssue(ctx, owner, repo, 1, []string{"ctx"})
	check(t, err)
	issue, _, err := client.Issues.AddAssignees(ctx, owner, repo, 1, []string{"mona", "nobody"})
	check(t, err)
	equal(t, "assignees", len(issue.Assignees), 1)
	equal(t, "label", issue.Labels[0].GetName(), "ctx")
	equal(t, "label", getPull(t, client, 1).Labels[0].GetName(), "ctx")
}

func TestComments(t *testing.T) {
	s, client := start(t, githubtest.Config{})
	createBranch(t, client, "work")
	openPull(t, client, "work")
	check(t, s.Comment(1, "hello"))
	made, _, err := client.Issues.CreateComment(ctx, owner, repo, 1, &github.IssueComment{Body: github.String("mine")})
	check(t, err)
	_, _, err = client.Issues.EditComment(ctx, owner, repo, made.GetID(), &github.IssueComment{Body: github.String("mine, too")})
	check(t, err)
	_, _, err = client.Issues.CreateComment(ctx, owner, repo, 1, &github.IssueComment{Body: github.String(strings.Repeat("x", 65537))})
	wantError(t, err, 422, "too long")
	comments, _, err := client.Issues.ListComments(ctx, owner, repo, 1, nil)
	check(t, err)
	equal(t, "comments", len(comments), 2)
	equal(t, "author", comments[0].GetUser().GetLogin(), "mona")
	equal(t, "text", comments[1].GetBody(), "mine, too")
	pulls, err := s.Pulls()
	check(t, err)
	equal(t, "comment", pulls[0].Comments[1], githubtest.Comment{Author: "ctxfix[bot]", Body: "mine, too"})
}
