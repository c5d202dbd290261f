// Range over functions: early exits, labels, nesting, defer and panic inside, misuse, Pull.
package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer fmt.Print("[done ", n, "]")
		for i := range n {
			if !yield(i) {
				fmt.Print("[stopped]")
				return
			}
		}
	}
}

func pairs(s ...string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, v := range s {
			if !yield(i, v) {
				return
			}
		}
	}
}

func find(n, want int) (idx int, ok bool) {
	for i := range count(n) {
		if i == want {
			return i, true
		}
	}
	return -1, false
}

func nested() string {
outer:
	for i := range count(3) {
		for j := range count(3) {
			switch {
			case j == 1 && i == 0:
				continue outer
			case i == 1:
				break outer
			}
			fmt.Print(i, j, " ")
		}
	}
	fmt.Println()
	for i := range count(5) {
		for j, s := range pairs("a", "b") {
			if i+j == 3 {
				return fmt.Sprint("returned ", i, j, s)
			}
		}
	}
	return "end"
}

func deferInside() (out string) {
	for i := range count(3) {
		defer func() { out += fmt.Sprint("d", i) }()
	}
	fmt.Println("after loop")
	return "r:"
}

func gotoOut() {
	n := 0
again:
	for i := range count(3) {
		if i == 1 {
			n++
			if n < 3 {
				goto again
			}
			goto end
		}
	}
end:
	fmt.Println("goto", n)
}

func try(name string, f func()) {
	defer func() { fmt.Println(name, "->", recover()) }()
	f()
}

func bad(yield func(int) bool) {
	yield(1)
	yield(2)
}

func swallow(yield func(int) bool) {
	defer func() { fmt.Println("iterator saw", recover()) }()
	yield(1)
}

func fib() iter.Seq[int] {
	return func(yield func(int) bool) {
		a, b := 0, 1
		for yield(a) {
			a, b = b, a+b
		}
	}
}

type tree struct {
	l, r *tree
	v    int
}

func (t *tree) all(yield func(int) bool) bool {
	return t == nil || t.l.all(yield) && yield(t.v) && t.r.all(yield)
}

func (t *tree) All() iter.Seq[int] { return func(y func(int) bool) { t.all(y) } }

func filter[T any](s iter.Seq[T], keep func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range s {
			if keep(v) && !yield(v) {
				return
			}
		}
	}
}

func main() {
	for i := range count(3) {
		fmt.Print(i, " ")
	}
	fmt.Println()
	for range count(2) {
		fmt.Print("x")
	}
	fmt.Println()
	fmt.Println(find(5, 2))
	fmt.Println(find(2, 7))
	fmt.Println(nested())
	fmt.Println(deferInside())
	gotoOut()
	x, y := 0, ""
	for x, y = range pairs("p", "q", "r") {
		if x == 1 {
			break
		}
	}
	fmt.Println(x, y)
	var fs []func() int
	for i := range count(3) {
		fs = append(fs, func() int { i += 10; return i })
	}
	fmt.Println(fs[0](), fs[0](), fs[2]())
	try("panic in body", func() {
		for i := range count(3) {
			if i == 1 {
				panic("body")
			}
		}
	})
	try("yield after break", func() {
		for range bad {
			break
		}
	})
	try("swallowed", func() {
		for range swallow {
			panic("lost")
		}
	})
	try("yield after loop", func() {
		var saved func(int) bool
		for range func(y func(int) bool) { saved = y; y(0) } {
		}
		saved(1)
	})
	try("nil func", func() {
		var f func(func() bool)
		for range f {
		}
	})
	for range func(yield func() bool) {
		for yield() {
		}
	} {
		fmt.Println("no args")
		break
	}
	next, stop := iter.Pull(fib())
	for range 10 {
		v, ok := next()
		fmt.Print(v, ok, " ")
	}
	stop()
	v, ok := next()
	fmt.Println(v, ok)
	n2, s2 := iter.Pull2(pairs("a"))
	fmt.Println(n2())
	fmt.Println(n2())
	s2()
	t := &tree{&tree{nil, nil, 1}, &tree{&tree{nil, nil, 3}, nil, 4}, 2}
	for v := range filter(t.All(), func(i int) bool { return i != 3 }) {
		fmt.Print(v, " ")
	}
	fmt.Println(slices.Collect(t.All()), slices.Sorted(maps.Keys(map[string]int{"b": 1, "a": 2})))
	for i, c := range slices.Backward([]string{"a", "b"}) {
		fmt.Print(i, c, " ")
	}
	for ch := range slices.Chunk([]int{1, 2, 3, 4, 5}, 2) {
		fmt.Print(ch)
	}
	fmt.Println()
	try("panic in pulled iterator", func() {
		next, stop := iter.Pull(func(yield func(int) bool) { yield(1); panic("in iter") })
		defer stop()
		fmt.Println(next())
		fmt.Println(next())
	})
	var i8 int8
	for i8 = range int8(3) {
	}
	const c = 4
	for i := range c {
		fmt.Print(i)
	}
	for i := range uint8(2) {
		fmt.Printf("%T", i)
	}
	n := 3
	for i := range n {
		n = 10
		i += 5
		fmt.Print(" ", i)
	}
	for range -5 {
		fmt.Print("never")
	}
	fmt.Println(i8)
}
