package rewrite

import "bytes"

// What was planned for a need may be out of date in the next round. But most needs
// have no fix, or none that was asked for: as long as what speaks against them is
// there, that stays so, and nobody needs to walk again.

// replan forgets what was planned for findings that may be planned otherwise now,
// and keeps the rest for those that were found again, before being what was known
// before the last analysis. texts are those in front of the round.
//
// What speaks against a need may be what no fix takes away, as that other modules can
// call a function: then it is enough that the way to there is the same, text by text.
func (s *session) replan(before map[*pkg]*analyzed, texts map[string][]byte) {
	ids, files, edited := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for f, text := range s.texts {
		edited[f] = !bytes.Equal(text, texts[f])
	}
	for q, a := range s.state {
		if a != before[q] {
			ids[q.meta.ID] = true
			for _, f := range q.meta.GoFiles {
				files[f] = true
			}
		}
	}
	for q, a := range s.state {
		if old := before[q]; a != old && old != nil {
			s.keepPlans(old, a, files, edited)
			continue
		}
		for _, f := range a.findings {
			if s.fixable(f) && meet(f.looked, ids) || meet(f.hinges, files) || meet(f.way, edited) {
				f.forget()
			}
		}
	}
}

// keepPlans gives the findings of a package that is analyzed again what was planned
// for them, if that cannot change.
func (s *session) keepPlans(old, now *analyzed, files, edited map[string]bool) {
	planned := map[ID]*finding{}
	for _, f := range old.findings {
		if f.need != nil && f.looked != nil && !f.rolledBack && !s.fixable(f) && !meet(f.hinges, files) && !meet(f.way, edited) {
			planned[f.ID()] = f
		}
	}
	for _, f := range now.findings {
		if was := planned[f.ID()]; f.need != nil && was != nil && f.need.sameAs(was.need) {
			need, silent := f.need, f.silent
			*f = *was
			f.need, f.silent, f.joint = need, silent, nil
		}
	}
}

// sameAs reports whether the rule says the same of two needs.
func (n *need) sameAs(m *need) bool {
	return n.is == m.is && n.safety == m.safety && n.reason == m.reason && n.optional == m.optional
}

// forget takes away what was planned for f.
func (f *finding) forget() {
	if f.need != nil && f.Status != Fixed {
		f.looked = nil
		f.unfix()
	}
}

func meet(a, b map[string]bool) bool {
	for k := range a {
		if b[k] {
			return true
		}
	}
	return false
}
