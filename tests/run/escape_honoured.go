package main

import (
	"fmt"
	"runtime"
)

// What gc's escape analysis keeps on the stack must cost no allocation: each case runs many times, and the number of
// objects allocated per run is printed.

type point struct{ x, y int }

type node struct {
	next *node
	data []byte
}

func (n *node) length() int {
	count := 0
	for ; n != nil; n = n.next {
		count++
	}
	return count
}

type shape interface{ area() int }

func (p point) area() int { return p.x * p.y }

//go:noinline
func sumAll(list ...int) (s int) {
	for _, x := range list {
		s += x
	}
	return s
}

//go:noinline
func read(p *point) int { return p.x + p.y }

//go:noinline
func same(p *point) *point { return p }

//go:noinline
func apply(f func(int) int, x int) int { return f(x) }

//go:noinline
func first(list []*point) *point { return list[0] }

//go:noinline
func swap(a, b *point) (*point, *point) { return b, a }

//go:noinline
func deep(n *node, depth int) *node {
	if depth == 0 {
		return n
	}
	return deep(n.next, depth-1)
}

var n = 3
var total int

var cases = []struct {
	name string
	run  func()
}{
	{"address of a variable", func() { p := point{n, 2}; total += read(&p) }},
	{"composite literal", func() { total += read(&point{n, 2}) }},
	{"new", func() { p := new(point); p.x = n; total += read(p) }},
	{"through a result", func() { total += same(&point{n, 1}).x }},
	{"through results", func() { a, b := swap(&point{n, 1}, &point{2, n}); total += a.x - b.x }},
	{"variadic", func() { total += sumAll(n, 2, n) }},
	{"slice literal", func() { s := []int{n, 2}; total += s[n-3] }},
	{"slice of pointers", func() { total += first([]*point{{n, 1}, {2, 3}}).y }},
	{"make", func() { s := make([]int, 8); s[n] = 1; total += len(s) + sumAll(s...) }},
	{"make of a known size", func() { const c = 4; k := c * 2; s := make([]int, k); total += sumAll(s...) }},
	{"closure", func() { x := n; f := func(y int) int { return x + y }; total += apply(f, 1) }},
	{"closure that assigns", func() { x := n; total += apply(func(y int) int { x += y; return x }, 2) + x }},
	{"method value", func() { p := point{n, 2}; f := p.area; total += f() }},
	{"known dynamic type", func() { var s shape = point{n, 4}; total += s.area() }},
	{"linked in the frame", func() { a := node{}; b := node{next: &a}; total += b.length() }},
	{"recursion", func() { a := node{}; b := node{next: &a}; deep(&b, 1).data = nil }},
	{"conversion for a comparison", func() {
		b := [3]byte{'a', 'b', byte(n)}
		if string(b[:]) == "abc" {
			total++
		}
	}},
	{"deferred closure", func() {
		x := n
		defer func() { total += x }()
		x++
	}},
	{"loop variable", func() {
		for i := range 3 {
			p := &i
			*p += n
			total += *p
		}
	}},
	{"through a pointer to a pointer", func() { p := &point{n, 1}; q := &p; total += read(*q) }},
	{"field of a struct", func() { h := struct{ p *point }{&point{n, 1}}; total += read(h.p) }},
	{"array of pointers", func() { var a [2]*point; a[n-3] = &point{1, n}; total += read(a[0]) }},
	{"stored in a local slice", func() { s := []func() int{func() int { return n }}; total += s[0]() }},
}

func main() {
	const runs = 200
	for _, c := range cases {
		c.run()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			c.run()
		}
		runtime.ReadMemStats(&after)
		fmt.Printf("%-32s %d\n", c.name, (after.Mallocs-before.Mallocs)/runs)
	}
}
