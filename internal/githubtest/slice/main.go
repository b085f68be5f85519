// Slice cuts the operations that package githubtest answers out of GitHub's
// OpenAPI description, with the components they refer to: structure only, no
// prose. Run it at the root of the module after adding a route:
//
//	npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
//	go run ./internal/githubtest/slice package/generated/api.github.com.json
//
// It writes internal/githubtest/description.json.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/ctxfix/ctxfix/internal/githubtest"
)

const output = "internal/githubtest/description.json"

func main() {
	log.SetFlags(0)
	log.SetPrefix("slice: ")
	if len(os.Args) != 2 {
		log.Fatal("usage: go run ./internal/githubtest/slice DESCRIPTION.json")
	}
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	sliced, err := slice(data, githubtest.Operations())
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(output, sliced, 0o666); err != nil {
		log.Fatal(err)
	}
}

type object = map[string]any

// A description is what the slice keeps of an OpenAPI document.
type description struct {
	OpenAPI string `json:"openapi"`
	Info    struct {
		Title   string `json:"title"`
		Version string `json:"version"`
	} `json:"info"`
	Paths      map[string]object `json:"paths"`
	Components map[string]object `json:"components"`
}

// slice returns the part of an OpenAPI document that describes the operations,
// each a method and a path.
func slice(data []byte, operations []string) ([]byte, error) {
	var whole description
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, fmt.Errorf("reading the description: %w", err)
	}
	part := whole
	part.Paths, part.Components = map[string]object{}, map[string]object{}
	for _, operation := range operations {
		method, path, _ := strings.Cut(operation, " ")
		method = strings.ToLower(method)
		found, ok := whole.Paths[path][method]
		if !ok {
			return nil, fmt.Errorf("the description has no operation %s", operation)
		}
		if part.Paths[path] == nil {
			part.Paths[path] = object{}
		}
		part.Paths[path][method] = structure(found, false)
		if err := part.addRefs(whole, part.Paths[path][method]); err != nil {
			return nil, err
		}
	}
	sliced, err := json.MarshalIndent(part, "", " ")
	return append(sliced, '\n'), err
}

// addRefs adds the components of whole that node refers to.
func (d *description) addRefs(whole description, node any) error {
	switch node := node.(type) {
	case []any:
		for _, elem := range node {
			if err := d.addRefs(whole, elem); err != nil {
				return err
			}
		}
	case object:
		if ref, ok := node["$ref"].(string); ok {
			return d.addComponent(whole, ref)
		}
		for _, value := range node {
			if err := d.addRefs(whole, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// addComponent adds a component of whole, and those it refers to itself.
func (d *description) addComponent(whole description, ref string) error {
	kind, name, _ := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
	if _, ok := d.Components[kind][name]; ok {
		return nil
	}
	found, ok := whole.Components[kind][name]
	if !ok {
		return fmt.Errorf("the description has no %s", ref)
	}
	if d.Components[kind] == nil {
		d.Components[kind] = object{}
	}
	d.Components[kind][name] = structure(found, false)
	return d.addRefs(whole, d.Components[kind][name])
}

// prose are the keys of a description that validate nothing.
var prose = map[string]bool{
	"description": true, "summary": true, "example": true, "examples": true,
	"externalDocs": true, "tags": true, "operationId": true,
}

// structure returns a copy of node without its prose. The keys of a node that
// is named are names given by its author, whatever they look like.
func structure(node any, named bool) any {
	switch node := node.(type) {
	case []any:
		out := make([]any, len(node))
		for i, elem := range node {
			out[i] = structure(elem, false)
		}
		return out
	case object:
		out := object{}
		for key, value := range node {
			if !named && (prose[key] || strings.HasPrefix(key, "x-")) {
				continue
			}
			names := key == "properties" || key == "headers" || key == "content" || key == "responses"
			out[key] = structure(value, names && !named)
		}
		return out
	}
	return node
}
