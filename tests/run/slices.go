package main

import (
	"fmt"
	"slices"
	"sort"
)

type point struct{ x, y int }

// The slice escapes: gc gives others their first elements on the stack.
var s []int

func grow(n int) (caps []int) {
	last := -1
	for i := 0; i < n; i++ {
		s = append(s, i)
		if cap(s) != last {
			last = cap(s)
			caps = append(caps, last)
		}
	}
	return
}

func main() {
	fmt.Println(grow(2000))
	s := []int{5, 2, 8, 1}
	t := s[1:3:3]
	t = append(t, 99)
	t[0] = 7
	fmt.Println(s, t, len(t), cap(s[:2]))
	copy(s[1:], s)
	fmt.Println(s)
	sort.Ints(s)
	fmt.Println(s, slices.Contains(s, 8), slices.Index(s, 5))
	p := []point{{3, 1}, {1, 2}, {2, 0}}
	sort.Slice(p, func(i, j int) bool { return p[i].x < p[j].x })
	fmt.Println(p, fmt.Sprintf("%+v", p[0]))
	a := [3]int{1, 2, 3}
	b := a
	b[0] = 10
	q := &a
	q[1]++
	for i, v := range q {
		fmt.Print(i, v, " ")
	}
	fmt.Println(a == b, a, b, [...]string{2: "c", 0: "a"})
	m := [][]int{{1}, {2, 3}, nil}
	m = append(m[:1], m[2:]...)
	fmt.Println(m, len(m), [3]int(s[:3]))
	clear(s)
	fmt.Println(s, max(3, 1, 2), min(2.5, 1))
}
