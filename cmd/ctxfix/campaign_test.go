package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/goccy/go-yaml"
)

// A batchSpec is the part of a Sourcegraph batch spec that says what to run, and
// what to make of its output.
type batchSpec struct {
	Steps []struct {
		Run string `yaml:"run"`
	} `yaml:"steps"`
	Template struct {
		Body string `yaml:"body"`
	} `yaml:"changesetTemplate"`
}

// TestBatchSpec runs the step of the batch spec as Sourcegraph does, in a shell at
// the root of a module, and makes the changeset's text of its output.
func TestBatchSpec(t *testing.T) {
	var spec batchSpec
	readYAML(t, "../../docs/campaigns/batch-spec.yaml", &spec)
	if len(spec.Steps) != 1 {
		t.Fatalf("%d steps", len(spec.Steps))
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/demo")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", spec.Steps[0].Run)
	cmd.Dir = dir
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var report map[string]any
	if err := json.Unmarshal(stdout, &report); err != nil {
		t.Fatalf("the output is no JSON: %v\n%s", err, stdout)
	}
	page, err := template.New("body").Delims("${{", "}}").Parse(strings.ReplaceAll(spec.Template.Body, "outputs.", ".outputs."))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := page.Execute(&text, map[string]any{"outputs": map[string]any{"report": report}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "Findings: 3.") {
		t.Errorf("the changeset says:\n%s", text.String())
	}
}

// TestIndexedJob holds that the job gives the script what it needs.
func TestIndexedJob(t *testing.T) {
	var job struct {
		Spec struct {
			CompletionMode string `yaml:"completionMode"`
			Completions    int    `yaml:"completions"`
			Template       struct {
				Spec struct {
					Containers []struct {
						Command []string `yaml:"command"`
						Env     []struct {
							Name  string `yaml:"name"`
							Value string `yaml:"value"`
						} `yaml:"env"`
					} `yaml:"containers"`
				} `yaml:"spec"`
			} `yaml:"template"`
		} `yaml:"spec"`
	}
	readYAML(t, "../../docs/campaigns/indexed-job.yaml", &job)
	script, err := os.ReadFile("../../docs/campaigns/shard.sh")
	if err != nil {
		t.Fatal(err)
	}
	if job.Spec.CompletionMode != "Indexed" {
		t.Errorf("the mode is %q", job.Spec.CompletionMode)
	}
	container := job.Spec.Template.Spec.Containers[0]
	if len(container.Command) != 3 || container.Command[1] != "/campaign/shard.sh" {
		t.Errorf("it runs %q", container.Command)
	}
	for _, env := range container.Env {
		if !strings.Contains(string(script), env.Name) {
			t.Errorf("shard.sh does not know $%s", env.Name)
		}
		if env.Name == "SHARDS" && env.Value != strconv.Itoa(job.Spec.Completions) {
			t.Errorf("there are %d completions, and %s shards", job.Spec.Completions, env.Value)
		}
	}
}

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := yaml.NewDecoder(f).Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
