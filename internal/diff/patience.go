package diff

import "slices"

// A Hunk says that the elements [A0, A1) of one sequence became the elements
// [B0, B1) of another.
type Hunk struct{ A0, A1, B0, B1 int }

// maxDistance bounds how many elements of a gap without anchors may differ for
// the gap to be compared exactly: time and space grow with its square.
const maxDistance = 2000

// Strings returns the hunks that turn a into b, in order and apart from each
// other: a patience diff, exact within gaps without anchors.
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
		d.exact(a0, a1, b0, b1)
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

// exact adds the hunks of a shortest edit script, or one hunk if the gaps have
// next to nothing in common. See Myers, "An O(ND) Difference Algorithm and Its
// Variations".
func (d *differ) exact(a0, a1, b0, b1 int) {
	a, b := d.a[a0:a1], d.b[b0:b1]
	var trace [][]int // trace[n][n+k] is how far into a diagonal k gets with n differences
	for n := 0; n <= min(len(a)+len(b), maxDistance); n++ {
		reach := make([]int, 2*n+1)
		trace = append(trace, reach)
		for k := -n; k <= n; k += 2 {
			x := 0
			if n > 0 {
				x, _ = step(trace[n-1], n, k)
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			reach[n+k] = x
			if x >= len(a) && x-k >= len(b) {
				d.walk(trace, a0, b0, len(a), len(b))
				return
			}
		}
	}
	d.add(a0, a1, b0, b1)
}

// step returns how far into a diagonal k gets by the n'th difference, and the
// diagonal that it comes from; reach has those after n-1 differences.
func step(reach []int, n, k int) (x, from int) {
	if k == -n || k != n && reach[n-1+k-1] < reach[n-1+k+1] {
		return reach[n-1+k+1], k + 1 // an element of b
	}
	return reach[n-1+k-1] + 1, k - 1 // an element of a
}

// walk adds the hunks on the way that trace took to (x, y).
func (d *differ) walk(trace [][]int, a0, b0, x, y int) {
	var hunks []Hunk // from the last to the first
	for n := len(trace) - 1; n > 0; n-- {
		k := x - y
		mid, from := step(trace[n-1], n, k)
		x = trace[n-1][n-1+from]
		y = x - from
		hunks = append(hunks, Hunk{a0 + x, a0 + mid, b0 + y, b0 + mid - k})
	}
	for _, h := range slices.Backward(hunks) {
		d.add(h.A0, h.A1, h.B0, h.B1)
	}
}
