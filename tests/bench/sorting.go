// Interface calls, closures and generics in sorting.
package main

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
)

type pair struct {
	k int
	s string
}

type byK []pair

func (b byK) Len() int           { return len(b) }
func (b byK) Less(i, j int) bool { return b[i].k < b[j].k }
func (b byK) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func main() {
	const n = 500000
	fill := func() []pair {
		ps := make([]pair, n)
		x := uint32(7)
		for i := range ps {
			x = x*1664525 + 1013904223
			ps[i] = pair{int(x >> 4), "s"}
		}
		return ps
	}
	a, b, c := fill(), fill(), fill()
	sort.Sort(byK(a))
	sort.Slice(b, func(i, j int) bool { return b[i].k < b[j].k })
	slices.SortFunc(c, func(x, y pair) int { return cmp.Compare(x.k, y.k) })
	ints := make([]int, 0, 4*n)
	x := uint32(9)
	for range cap(ints) {
		x = x*1664525 + 1013904223
		ints = append(ints, int(x))
	}
	slices.Sort(ints)
	fmt.Println(a[0].k == b[0].k && b[n-1].k == c[n-1].k, a[n/2].k, ints[n])
}
