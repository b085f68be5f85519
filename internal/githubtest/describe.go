package githubtest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

//go:embed description.json
var descriptionJSON []byte

// A description is what GitHub says about its API.
type description struct{ doc *openapi3.T }

// describe reads the description.
var describe = sync.OnceValues(func() (*description, error) {
	doc, err := openapi3.NewLoader().LoadFromData(descriptionJSON)
	if err != nil {
		return nil, fmt.Errorf("reading GitHub's description: %w", err)
	}
	for _, r := range routes() {
		if path := doc.Paths.Value(r.path); path == nil || path.GetOperation(r.method) == nil {
			return nil, fmt.Errorf("GitHub's description has no operation %s %s: cut it out anew", r.method, r.path)
		}
	}
	return &description{doc}, nil
})

// brief leaves the schema out of errors: it goes on over pages.
var brief = openapi3.DisableSchemaErrorDetails()

// validate reports what the description does not allow in a request.
func (d *description) validate(r route, c *call) error {
	item := d.doc.Paths.Value(r.path)
	params := map[string]string{}
	for _, segment := range strings.Split(r.path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			params[name] = c.PathValue(name)
		}
	}
	req := c.Request.Clone(c.Context())
	body := described(r, c.body)
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return openapi3filter.ValidateRequest(c.Context(), &openapi3filter.RequestValidationInput{
		Request:    req,
		PathParams: params,
		Route: &routers.Route{
			Spec: d.doc, Path: r.path, PathItem: item, Method: r.method, Operation: item.GetOperation(r.method),
		},
		Options: &openapi3filter.Options{
			MultiError: true, RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
			SchemaValidationOptions: []openapi3.SchemaValidationOption{brief},
		},
	})
}

// described returns the body of a request as the description has it. GitHub takes
// labels as a bare array, too, and clients send that; the description of 2026
// knows only an object with the key labels.
func described(r route, body []byte) []byte {
	if strings.HasSuffix(r.path, "/labels") && bytes.HasPrefix(body, []byte("[")) {
		return fmt.Appendf(nil, `{"labels":%s}`, body)
	}
	return body
}

// complete returns an answer as JSON values with all that the description
// requires, and an error if it is not what the description allows.
func (d *description) complete(r route, status int, answer any, now time.Time) (any, error) {
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	response := d.doc.Paths.Value(r.path).GetOperation(r.method).Responses.Status(status)
	if response == nil && status >= http.StatusBadRequest {
		return value, nil // the description does not list all errors
	}
	if response == nil {
		return value, fmt.Errorf("the description has no status %d", status)
	}
	content := response.Value.Content.Get("application/json")
	if content == nil {
		return value, nil
	}
	value = filler{now.UTC().Format(time.RFC3339)}.fill(content.Schema.Value, value)
	return value, content.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse(), brief)
}

// A filler adds what is required and missing.
type filler struct{ now string }

// fill returns the value with all that the schema requires.
func (f filler) fill(schema *openapi3.Schema, value any) any {
	for _, part := range schema.AllOf {
		value = f.fill(part.Value, value)
	}
	for _, choice := range append(schema.AnyOf, schema.OneOf...) {
		filled := f.fill(choice.Value, value)
		if choice.Value.VisitJSON(filled) == nil {
			return filled
		}
	}
	switch value := value.(type) {
	case []any:
		if schema.Items == nil {
			return value
		}
		out := make([]any, len(value))
		for i, elem := range value {
			out[i] = f.fill(schema.Items.Value, elem)
		}
		return out
	case object:
		out := maps.Clone(value)
		for _, name := range schema.Required {
			if _, ok := out[name]; !ok && schema.Properties[name] != nil {
				out[name] = f.simplest(schema.Properties[name].Value)
			}
		}
		for name, property := range schema.Properties {
			if _, ok := out[name]; ok {
				out[name] = f.fill(property.Value, out[name])
			}
		}
		return out
	}
	return value
}

// simplest returns the simplest value that a schema allows.
func (f filler) simplest(schema *openapi3.Schema) any {
	switch {
	case schema.Nullable:
		return nil
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case len(schema.AnyOf) > 0:
		return f.simplest(schema.AnyOf[0].Value)
	case len(schema.OneOf) > 0:
		return f.simplest(schema.OneOf[0].Value)
	case schema.Type.Is(openapi3.TypeArray):
		return []any{}
	case schema.Type.Is(openapi3.TypeBoolean):
		return false
	case schema.Type.Is(openapi3.TypeInteger), schema.Type.Is(openapi3.TypeNumber):
		return 0.0
	case schema.Format == "date-time":
		return f.now
	case schema.Type.Is(openapi3.TypeString):
		return ""
	}
	return f.fill(schema, object{})
}
