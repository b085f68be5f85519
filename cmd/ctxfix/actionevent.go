package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// An event is what started a workflow, as far as it says whose code runs.
type event struct {
	PullRequest *struct {
		Head struct {
			Repo *struct {
				FullName string `json:"full_name"`
			} `json:"repo"` // nil if the fork is gone
		} `json:"head"`
	} `json:"pull_request"`
	WorkflowRun *struct {
		HeadRepository *struct {
			FullName string `json:"full_name"`
		} `json:"head_repository"`
	} `json:"workflow_run"`
}

// mayNotPush returns why a workflow that was started by this event must not push, or
// "". What a stranger has written may be checked out, and a token that can write must
// not come near it: the verification, for one, runs code of the repository.
func mayNotPush() (why string, err error) {
	var e event
	if name := os.Getenv("GITHUB_EVENT_PATH"); name != "" {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("reading the event: %w", err)
		}
		if err := json.Unmarshal(data, &e); err != nil {
			return "", fmt.Errorf("reading the event in %s: %w", name, err)
		}
	}
	here := os.Getenv("GITHUB_REPOSITORY")
	switch name := os.Getenv("GITHUB_EVENT_NAME"); {
	case name == "pull_request_target":
		return "on pull_request_target the token can write, and the code may be a stranger's; use a push or a schedule", nil
	case e.PullRequest != nil && (e.PullRequest.Head.Repo == nil || e.PullRequest.Head.Repo.FullName != here):
		return "the event is of a fork's pull request; mode patch leaves the fixes as an artifact", nil
	case e.WorkflowRun != nil && (e.WorkflowRun.HeadRepository == nil || e.WorkflowRun.HeadRepository.FullName != here):
		return "the event is of a run for a fork; mode patch leaves the fixes as an artifact", nil
	case name == "pull_request":
		return "what is checked out is a pull request's merge, which is no branch to base another on; use a push or a schedule", nil
	}
	return "", nil
}
