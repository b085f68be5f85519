package main

import "testing"

const whole = `{
 "openapi": "3.0.3",
 "info": {"title": "T", "version": "1", "description": "prose"},
 "paths": {
  "/a": {
   "get": {
    "summary": "prose", "x-github": {},
    "responses": {"200": {"description": "prose", "content": {"application/json": {
     "schema": {"$ref": "#/components/schemas/a"}, "examples": {}
    }}}}
   },
   "put": {"responses": {}}
  },
  "/b": {"get": {"responses": {}}}
 },
 "components": {"schemas": {
  "a": {"type": "object", "properties": {"description": {"type": "string", "example": "e"}, "next": {"$ref": "#/components/schemas/b"}}},
  "b": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/a"}}},
  "c": {"type": "string"}
 }}
}`

const part = `{
 "openapi": "3.0.3",
 "info": {
  "title": "T",
  "version": "1"
 },
 "paths": {
  "/a": {
   "get": {
    "responses": {
     "200": {
      "content": {
       "application/json": {
        "schema": {
         "$ref": "#/components/schemas/a"
        }
       }
      }
     }
    }
   }
  }
 },
 "components": {
  "schemas": {
   "a": {
    "properties": {
     "description": {
      "type": "string"
     },
     "next": {
      "$ref": "#/components/schemas/b"
     }
    },
    "type": "object"
   },
   "b": {
    "properties": {
     "a": {
      "$ref": "#/components/schemas/a"
     }
    },
    "type": "object"
   }
  }
 }
}
`

func TestSlice(t *testing.T) {
	got, err := slice([]byte(whole), []string{"GET /a"})
	if err != nil || string(got) != part {
		t.Errorf("got %v\n%s", err, got)
	}
	if _, err := slice([]byte(whole), []string{"POST /a"}); err == nil {
		t.Error("an operation that does not exist is no error")
	}
}
