package diff

import "slices"

// A Hunk says that the elements [A0, A1) of one sequence became the elements
// [B0, B1) of another.
type Hunk struct{ A0, A1, B0, B1 int }

// exactCells bounds the table that the exact comparison of a gap may use.
const exactCells = 1 << 22

// Strings returns the hunks that turn a into b, in order and apart from each
// other: a patience diff, exact within gaps that are not huge.
func Strings(a, b []string) []Hunk {
	d := differ{a: a, b: b}
	d.gap(0, len(a), 0, len(b))
	return d.hunks
}

type differ struct {
	a, b  []string
	hunks []Hunk
}

// gap compares a[a0:a1] and b[b0:b1].
func (d *differ) gap(a0, a1, b0, b1 int) {
	for a0 < a1 && b0 < b1 && d.a[a0] == d.b[b0] {
		a0, b0 = a0+1, b0+1
	}
	for a0 < a1 && b0 < b1 && d.a[a1-1] == d.b[b1-1] {
		a1, b1 = a1-1, b1-1
	}
	if a0 == a1 || b0 == b1 {
		d.add(a0, a1, b0, b1)
		return
	}
	anchors := d.anchors(a0, a1, b0, b1)
	if len(anchors) == 0 {
		if (a1-a0)*(b1-b0) <= exactCells {
			d.exact(a0, a1, b0, b1)
		} else {
			d.add(a0, a1, b0, b1)
		}
		return
	}
	for _, at := range anchors {
		d.gap(a0, at[0], b0, at[1])
		a0, b0 = at[0]+1, at[1]+1
	}
	d.gap(a0, a1, b0, b1)
}

// add appends a hunk, joined with the one before if they touch.
func (d *differ) add(a0, a1, b0, b1 int) {
	if a0 == a1 && b0 == b1 {
		return
	}
	if n := len(d.hunks); n > 0 && d.hunks[n-1].A1 == a0 && d.hunks[n-1].B1 == b0 {
		d.hunks[n-1].A1, d.hunks[n-1].B1 = a1, b1
		return
	}
	d.hunks = append(d.hunks, Hunk{a0, a1, b0, b1})
}

// anchors returns the longest run of pairs, ascending in both sequences, of
// elements that occur exactly once in each gap.
func (d *differ) anchors(a0, a1, b0, b1 int) [][2]int {
	type place struct{ countA, countB, b int }
	places := map[string]*place{}
	for _, s := range d.a[a0:a1] {
		p := places[s]
		if p == nil {
			p = new(place)
			places[s] = p
		}
		p.countA++
	}
	for j := b0; j < b1; j++ {
		if p := places[d.b[j]]; p != nil {
			p.countB++
			p.b = j
		}
	}
	var pairs [][2]int
	for i := a0; i < a1; i++ {
		if p := places[d.a[i]]; p.countA == 1 && p.countB == 1 {
			pairs = append(pairs, [2]int{i, p.b})
		}
	}
	return ascending(pairs)
}

// ascending returns the longest subsequence of pairs that ascends in the second
// element; the first ascends already.
func ascending(pairs [][2]int) [][2]int {
	var tails []int // tails[k] is the pair that ends the best run of length k+1
	prev := make([]int, len(pairs))
	for i, p := range pairs {
		k, _ := slices.BinarySearchFunc(tails, p[1], func(t, b int) int { return pairs[t][1] - b })
		prev[i] = -1
		if k > 0 {
			prev[i] = tails[k-1]
		}
		if k == len(tails) {
			tails = append(tails, i)
		} else {
			tails[k] = i
		}
	}
	run := make([][2]int, len(tails))
	if len(tails) == 0 {
		return run
	}
	for k, i := len(tails)-1, tails[len(tails)-1]; k >= 0; k, i = k-1, prev[i] {
		run[k] = pairs[i]
	}
	return run
}

// exact adds the hunks of a longest common subsequence.
func (d *differ) exact(a0, a1, b0, b1 int) {
	n, m := a1-a0, b1-b0
	common := make([]int32, (n+1)*(m+1)) // common[i*(m+1)+j] is its length for a[a0+i:a1], b[b0+j:b1]
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			at := i*(m+1) + j
			if d.a[a0+i] == d.b[b0+j] {
				common[at] = common[at+m+2] + 1
			} else {
				common[at] = max(common[at+1], common[at+m+1])
			}
		}
	}
	for i, j := 0, 0; i < n || j < m; {
		at := i*(m+1) + j
		switch {
		case i < n && j < m && d.a[a0+i] == d.b[b0+j]:
			i, j = i+1, j+1
		case j == m || i < n && common[at+m+1] >= common[at+1]:
			d.add(a0+i, a0+i+1, b0+j, b0+j)
			i++
		default:
			d.add(a0+i, a0+i, b0+j, b0+j+1)
			j++
		}
	}
}
