// Chains of iterators, which compile into loops where all functions are known: break, continue, return, goto and panics through several stages, variables
// that stages change, stages chosen at run time.
package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func Map[T, U any](s iter.Seq[T], f func(T) U) iter.Seq[U] {
	return func(yield func(U) bool) {
		for v := range s {
			if !yield(f(v)) {
				return
			}
		}
	}
}

func Filter[T any, F ~func(T) bool](s iter.Seq[T], f F) iter.Seq[T] {
	return func(yield func(T) bool) {
		s(func(v T) bool { return !f(v) || yield(v) })
	}
}

func Take[T any](s iter.Seq[T], n int) iter.Seq[T] {
	return func(yield func(T) bool) {
		left := n
		if left <= 0 {
			return
		}
		for v := range s {
			if !yield(v) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
}

func Zip[T, U any](a iter.Seq[T], b iter.Seq[U]) iter.Seq2[T, U] {
	return func(yield func(T, U) bool) {
		next, stop := iter.Pull(b)
		defer stop()
		for x := range a {
			y, ok := next()
			if !ok || !yield(x, y) {
				return
			}
		}
	}
}

func Chain[T any](all ...iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, s := range all {
			for v := range s {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// Scan changes a variable that it captures, and starts anew each time it is ranged over.
func Scan[T, A any](s iter.Seq[T], start A, f func(A, T) A) iter.Seq[A] {
	return func(yield func(A) bool) {
		acc := start
		for v := range s {
			acc = f(acc, v)
			if !yield(acc) {
				return
			}
		}
	}
}

// Again changes which iterator it captures.
func Again[T any](s iter.Seq[T]) iter.Seq[T] {
	s = Chain(s, s)
	return func(yield func(T) bool) {
		s(yield)
	}
}

func even(x int) bool   { return x%2 == 0 }
func square(x int) int  { return x * x }
func text(x int) string { return fmt.Sprint("<", x, ">") }

func first(s iter.Seq[int], want int) (at int, found bool) {
	for v := range s {
		if v == want {
			return at, true
		}
		at++
	}
	return -1, false
}

func nested(n int) (out []string) {
outer:
	for a := range Filter(Map(count(n), square), even) {
		for b := range Take(Map(count(n), func(x int) int { return x + a }), 4) {
			switch {
			case b > 40:
				break outer
			case b%3 == 0:
				continue outer
			case b%5 == 0:
				continue
			}
			out = append(out, fmt.Sprint(a, ",", b))
		}
	}
	return out
}

func deferred(n int) (s string) {
	for v := range Map(count(n), text) {
		defer func() { s += v }()
		if v == "<3>" {
			return "at "
		}
	}
	return "end "
}

func caught(n, bad int) (err any) {
	defer func() { err = recover() }()
	sum := 0
	for v := range Filter(Map(count(n), func(x int) int { return 100 / (x - bad) }), even) {
		sum += v
	}
	return sum
}

func broken(yield func(int) bool) {
	yield(1)
	yield(2)
}

func misused() (err any) {
	defer func() { err = recover() }()
	for v := range Map(broken, square) {
		if v > 0 {
			break
		}
	}
	return "not noticed"
}

type list struct {
	v    int
	next *list
}

func (l *list) all() iter.Seq[*list] {
	return func(yield func(*list) bool) {
		for ; l != nil; l = l.next {
			if !yield(l) {
				return
			}
		}
	}
}

type tree struct {
	l, r *tree
	v    int
}

func (t *tree) all() iter.Seq[int] {
	return func(yield func(int) bool) { t.push(yield) }
}

func (t *tree) push(yield func(int) bool) bool {
	return t == nil || t.l.push(yield) && yield(t.v) && t.r.push(yield)
}

// Endless towers of stages must not be unrolled for ever.
func tower(s iter.Seq[int], n int) iter.Seq[int] {
	if n == 0 {
		return s
	}
	return Map(tower(s, n-1), func(x int) int { return x + n })
}

var choose = 1

func main() {
	sum := 0
	for v := range Map(Filter(Map(count(100), func(x int) int { return x * 3 }), even), func(x int) int { return x + 1 }) {
		sum += v
	}
	fmt.Println(sum)
	fmt.Println(first(Map(count(20), square), 49))
	fmt.Println(first(Filter(count(20), func(x int) bool { return x%7 == 0 }), 49))
	fmt.Println(nested(6))
	fmt.Println(deferred(2), deferred(10))
	fmt.Println(caught(5, 7), caught(10, 7))
	fmt.Println(misused())
	for a, b := range Zip(Map(count(5), text), Filter(count(100), even)) {
		fmt.Print(a, b, " ")
	}
	fmt.Println()
	running := Scan(count(6), "", func(s string, x int) string { return s + fmt.Sprint(x) })
	fmt.Println(slices.Collect(running), slices.Collect(Take(running, 2)))
	fmt.Println(slices.Collect(Take(Again(count(3)), 5)))

	calls := 0
	counted := Map(count(10), func(x int) int { calls++; return x })
	for v := range counted {
		if v == 4 {
			break
		}
	}
	fmt.Println("calls:", calls)
	f := square
	if choose > 0 {
		f = func(x int) int { return -x }
	}
	g := Map(count(4), f)
	f = nil
	fmt.Println(slices.Collect(g))
	var stages []iter.Seq[int]
	for i := range 3 {
		stages = append(stages, Map(count(3), func(x int) int { return x * i }))
	}
	fmt.Println(slices.Collect(Chain(stages...)))

	var l *list
	for i := range 5 {
		l = &list{i, l}
	}
	nodes := l.all()
	for n := range Map(nodes, func(n *list) int { return n.v }) {
		fmt.Print(n, " ")
	}
	fmt.Println(len(slices.Collect(nodes)))
	var t *tree
	for i := range 10 {
		t = &tree{t, &tree{v: 100 + i}, i}
	}
	sum = 0
	for v := range Filter(Map(t.all(), func(x int) int { return x * 5 }), even) {
		if sum += v; sum > 1500 {
			break
		}
	}
	fmt.Println(sum)
	fmt.Println(slices.Collect(tower(count(3), 5)))
	m := map[string]int{"a": 1, "b": 2, "c": 3}
	fmt.Println(slices.Sorted(Map(maps.Keys(m), strings.ToUpper)), slices.Sorted(Filter(maps.Values(m), func(v int) bool { return v != 2 })))
	for i, w := range strings.Fields("one two three") {
		for j := range Map(strings.SplitSeq(w, "e"), func(s string) int { return len(s) + i }) {
			fmt.Print(j, " ")
		}
	}
	fmt.Println()
}
