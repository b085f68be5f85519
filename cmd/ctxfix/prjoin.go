package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ctxfix/ctxfix/rewrite"
)

// alone runs each part by itself. One of which a fix does not build without others
// is joined with the first other part with which all of its own do, or with all
// parts if there is none.
func alone(parts []part, run func(part) (*rewrite.Result, error)) ([]built, error) {
	var builts []built
	for i, p := range parts {
		r, err := run(p)
		if err != nil {
			return nil, err
		}
		if whole(r, p) || len(parts) == 1 {
			builts = append(builts, built{p, r})
			continue
		}
		if parts, err = joinOne(parts, i, run); err != nil {
			return nil, err
		}
		return alone(parts, run)
	}
	return builts, nil
}

// whole reports whether no fix of the part was rolled back.
func whole(r *rewrite.Result, p part) bool {
	ids := map[rewrite.ID]bool{}
	for _, f := range p.fixes {
		ids[f.ID()] = true
	}
	return !slices.ContainsFunc(r.Findings, func(f rewrite.Finding) bool {
		return f.Status == rewrite.RolledBack && ids[f.ID()]
	})
}

// joinOne joins the part at i with another one.
func joinOne(parts []part, i int, run func(part) (*rewrite.Result, error)) ([]part, error) {
	for j := range parts {
		if j == i {
			continue
		}
		both := union(parts[min(i, j)], parts[max(i, j)])
		r, err := run(both)
		if err != nil {
			return nil, err
		}
		if whole(r, parts[i]) {
			joined := []part{both}
			for k, p := range parts {
				if k != i && k != j {
					joined = append(joined, p)
				}
			}
			slices.SortFunc(joined, func(a, b part) int { return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.piece, b.piece)) })
			return joined, nil
		}
	}
	return []part{union(parts...)}, nil
}

// union returns the parts as one.
func union(parts ...part) part {
	var all part
	var names []string
	for _, p := range parts {
		if !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
		all.piece = cmp.Or(all.piece, p.piece)
		all.fixes = append(all.fixes, p.fixes...)
	}
	all.name = strings.Join(names, "+")
	slices.SortStableFunc(all.fixes, byPosition)
	return all
}
