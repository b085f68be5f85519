package githubtest

import "strings"

// A route is an operation of the API: what GitHub's description calls it, the
// status of its success, and what answers it.
type route struct {
	method, path string
	status       int
	handle       func(*Server, *call) (any, error)
}

const repoPath = "/repos/{owner}/{repo}"

// routes are the operations that the server knows.
func routes() []route {
	return []route{
		{"GET", "/rate_limit", 200, (*Server).getRateLimit},
		{"GET", "/user", 200, (*Server).getUser},

		{"GET", repoPath, 200, (*Server).getRepo},
		{"GET", repoPath + "/branches", 200, (*Server).listBranches},
		{"GET", repoPath + "/branches/{branch}", 200, (*Server).getBranch},
		{"GET", repoPath + "/commits", 200, (*Server).listCommits},
		{"GET", repoPath + "/commits/{ref}", 200, (*Server).getCommit},
		{"GET", repoPath + "/compare/{basehead}", 200, (*Server).compare},
		{"GET", repoPath + "/contents/{path}", 200, (*Server).getContents},

		{"POST", repoPath + "/git/blobs", 201, (*Server).createBlob},
		{"GET", repoPath + "/git/blobs/{file_sha}", 200, (*Server).getBlob},
		{"POST", repoPath + "/git/trees", 201, (*Server).createTree},
		{"GET", repoPath + "/git/trees/{tree_sha}", 200, (*Server).getTree},
		{"POST", repoPath + "/git/commits", 201, (*Server).createCommit},
		{"GET", repoPath + "/git/commits/{commit_sha}", 200, (*Server).getGitCommit},
		{"GET", repoPath + "/git/ref/{ref}", 200, (*Server).getRef},
		{"GET", repoPath + "/git/matching-refs/{ref}", 200, (*Server).matchingRefs},
		{"POST", repoPath + "/git/refs", 201, (*Server).createRef},
		{"PATCH", repoPath + "/git/refs/{ref}", 200, (*Server).updateRef},
		{"DELETE", repoPath + "/git/refs/{ref}", 204, (*Server).deleteRef},

		{"GET", repoPath + "/pulls", 200, (*Server).listPulls},
		{"POST", repoPath + "/pulls", 201, (*Server).createPull},
		{"GET", repoPath + "/pulls/{pull_number}", 200, (*Server).getPull},
		{"PATCH", repoPath + "/pulls/{pull_number}", 200, (*Server).updatePull},
		{"GET", repoPath + "/pulls/{pull_number}/commits", 200, (*Server).listPullCommits},
		{"GET", repoPath + "/pulls/{pull_number}/files", 200, (*Server).listPullFiles},
		{"GET", repoPath + "/pulls/{pull_number}/requested_reviewers", 200, (*Server).listReviewers},
		{"POST", repoPath + "/pulls/{pull_number}/requested_reviewers", 201, (*Server).requestReviewers},
		{"DELETE", repoPath + "/pulls/{pull_number}/requested_reviewers", 200, (*Server).removeReviewers},

		{"GET", repoPath + "/issues/{issue_number}", 200, (*Server).getIssue},
		{"PATCH", repoPath + "/issues/{issue_number}", 200, (*Server).updateIssue},
		{"GET", repoPath + "/issues/{issue_number}/comments", 200, (*Server).listComments},
		{"POST", repoPath + "/issues/{issue_number}/comments", 201, (*Server).createComment},
		{"PATCH", repoPath + "/issues/comments/{comment_id}", 200, (*Server).updateComment},
		{"GET", repoPath + "/issues/{issue_number}/labels", 200, (*Server).listIssueLabels},
		{"POST", repoPath + "/issues/{issue_number}/labels", 200, (*Server).addLabels},
		{"PUT", repoPath + "/issues/{issue_number}/labels", 200, (*Server).setLabels},
		{"DELETE", repoPath + "/issues/{issue_number}/labels/{name}", 200, (*Server).removeLabel},
		{"POST", repoPath + "/issues/{issue_number}/assignees", 201, (*Server).addAssignees},
		{"DELETE", repoPath + "/issues/{issue_number}/assignees", 200, (*Server).removeAssignees},
	}
}

// Operations returns the operations that the server knows, each a method and a
// path of GitHub's description.
func Operations() []string {
	var ops []string
	for _, r := range routes() {
		ops = append(ops, r.method+" "+r.path)
	}
	return ops
}

// pattern returns what http.ServeMux calls the route. A branch or a path goes on
// over slashes, and stands at the end.
func (r route) pattern() string {
	path := r.path
	for _, long := range []string{"{branch}", "{ref}", "{basehead}", "{path}", "{name}"} {
		if short, ok := strings.CutSuffix(path, long); ok {
			path = short + strings.TrimSuffix(long, "}") + "...}"
		}
	}
	return r.method + " " + path
}

// short returns the path of the route below the repository, as tests spell it.
func (r route) short() string {
	return strings.TrimPrefix(strings.TrimPrefix(r.path, repoPath), "/")
}
