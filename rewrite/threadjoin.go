package rewrite

import (
	"maps"
	"slices"
)

// A groupKey is the name of findings that belong together.
type groupKey struct{ rule, name string }

// named returns the findings that have a name for what they belong to, by that.
func named(needs []*finding) map[groupKey][]*finding {
	groups := map[groupKey][]*finding{}
	for _, f := range needs {
		if name := f.need.is.group; name != "" {
			k := groupKey{f.Rule, name}
			groups[k] = append(groups[k], f)
		}
	}
	return groups
}

// groups parts the findings that can be mended into those that one fix mends, each
// group in the order of needs.
func (s *session) groups(needs []*finding) [][]*finding {
	var groups [][]*finding
	var loose []*finding
	byName := named(needs)
	for _, f := range needs {
		group := byName[groupKey{f.Rule, f.need.is.group}]
		switch {
		case group != nil && group[0] == f && s.agree(group):
			groups = append(groups, group)
		case group == nil && f.Safety != Refused && !f.hidden && !f.rolledBack && s.asked(f):
			loose = append(loose, f)
		}
	}
	return append(groups, s.connected(loose)...)
}

// agree makes the findings of a named group as safe as the worst of them, and
// reports whether all can be mended. If not, the first that cannot says why.
func (s *session) agree(group []*finding) bool {
	if i := slices.IndexFunc(group, func(f *finding) bool { return f.rolledBack || f.Safety == Refused }); i >= 0 {
		why := *group[i]
		for _, f := range group {
			f.Safety, f.Reason, f.Blocker, f.Status, f.rolledBack = why.Safety, why.Reason, why.Blocker, why.Status, why.rolledBack
			f.unfix()
			f.hinges = map[string]bool{why.Pos.Filename: true}
			maps.Copy(f.hinges, why.hinges)
		}
		tellOnce(group)
		return false
	}
	if i := slices.IndexFunc(group, func(f *finding) bool { return f.Safety == Unsafe }); i >= 0 {
		why := *group[i]
		for _, f := range group {
			if f.Safety == Safe {
				f.Safety, f.Reason, f.Blocker = Unsafe, why.Reason, why.Blocker
			}
		}
	}
	return !slices.ContainsFunc(group, func(f *finding) bool { return !s.asked(f) })
}

// tellOnce hides all but the first finding of a group that is left for one reason.
func tellOnce(group []*finding) {
	told := false
	for _, f := range group {
		f.hidden = told
		told = told || !f.silent
	}
}

// A thread is by what a finding is connected with others: something that its fix
// passes the parameter to.
type thread struct {
	parameter parameterKey
	safety    Safety // what is safe does not wait for what is not
	part      any
}

// threads returns what connects f with others.
func (s *session) threads(f *finding) []thread {
	if s.apart[f.ID()] {
		return nil
	}
	threads := make([]thread, 0, len(f.parts))
	for part := range f.parts {
		threads = append(threads, thread{f.need.is, f.Safety, part})
	}
	return threads
}

// connected parts findings into those whose threads meet.
func (s *session) connected(findings []*finding) [][]*finding {
	with := map[thread][]*finding{}
	for _, f := range findings {
		for _, t := range s.threads(f) {
			with[t] = append(with[t], f)
		}
	}
	var groups [][]*finding
	group := map[*finding]int{}
	for _, f := range findings {
		if _, placed := group[f]; placed {
			continue
		}
		group[f] = len(groups)
		for queue := []*finding{f}; len(queue) > 0; queue = queue[1:] {
			for _, t := range s.threads(queue[0]) {
				for _, other := range with[t] {
					if _, placed := group[other]; !placed {
						group[other] = len(groups)
						queue = append(queue, other)
					}
				}
			}
		}
		groups = append(groups, nil)
	}
	for _, f := range findings {
		groups[group[f]] = append(groups[group[f]], f)
	}
	return groups
}

// part takes the fixes of several findings that broke something apart, so that
// each finding gets its own, and reports whether there were some. What has a name
// stays together.
func (s *session) part(findings []*finding) bool {
	parted := false
	for _, f := range findings {
		if f.rolledBack && len(f.joint) > 1 && f.need != nil && f.need.is.group == "" {
			f.rolledBack, f.Status, f.looked = false, Left, nil
			s.apart[f.ID()] = true
			parted = true
		}
	}
	return parted
}
