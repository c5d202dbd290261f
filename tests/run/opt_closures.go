// Closures, methods and predicates that are inlined, loops that are turned round, deferred closures on the stack.
package main

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sort"
	"strings"
)

type shape interface{ area() int }
type square struct{ a int }

func (s square) area() int { return s.a * s.a }

type wide struct{ a, b, c, d int }

func (w *wide) area() int { return w.a + w.b + w.c + w.d }

func total(s shape, n int) (sum int) {
	for range n {
		sum += s.area()
	}
	return
}

func apply(n int, f func(int) int) (sum int) {
	for i := range n {
		sum += f(i)
	}
	return
}

func keep(f func() int) func() int { return f }

func first(p *int, q *int, which bool) *int {
	if which {
		return p
	}
	return q
}

var global *int

func escapes() *int {
	a, b := 1, 2
	return first(&a, &b, false)
}

func counter() (func() int, func()) {
	n := 0
	return func() int { return n }, func() { n++ }
}

func valid(c byte) bool { return c >= 'a' && c <= 'z' || c == '_' }

func parse(s string) (int, error) {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, errors.New("bad " + s[i:i+1])
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, nil
}

func sum(list string) (n int) {
	for _, s := range strings.Split(list, ",") {
		v, err := parse(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		n += v
	}
	return
}

func pairs(n int) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := range n {
			if !yield(i, fmt.Sprint("v", i)) {
				return
			}
		}
	}
}

func nested(n int) (out []int) {
outer:
	for i := 0; i < n; i++ {
		j, k := 0, i
		for ; j < i; j++ {
			if (i+j)%7 == 0 {
				continue outer
			}
			if i*j > 40 {
				break outer
			}
			k += j
		}
		out = append(out, i*100+j*10+k)
	}
	return
}

func deferred(fail bool) (result int, trace string) {
	x := 1
	defer func() {
		if r := recover(); r != nil {
			trace += fmt.Sprint("recovered ", r, " ")
		}
		result += x
	}()
	defer func(y int) { x += y; trace += "second " }(x)
	x = 10
	if fail {
		var list []int
		_ = list[x]
	}
	return 100, "done "
}

func manyDefers(n int) (s string) {
	for i := range n {
		defer func() { s += fmt.Sprint(i) }()
	}
	return "-"
}

func caller() string {
	where := func() string {
		_, _, line, _ := runtime.Caller(0)
		return fmt.Sprint(line > 0)
	}
	return where()
}

func main() {
	fmt.Println(total(square{3}, 4), total(&wide{1, 2, 3, 4}, 2))
	k := 5
	fmt.Println(apply(4, func(i int) int { k++; return i * k }), k)
	var f func(int) int
	func() {
		defer func() { fmt.Println(recover()) }()
		fmt.Println(apply(2, f))
	}()
	get := keep(func() int { return k })
	k = 77
	fmt.Println(get(), *escapes())
	a, b := 1, 2
	*first(&a, &b, true) = 10
	global = first(&a, &b, false)
	*global = 20
	fmt.Println(a, b)
	n, inc := counter()
	for range 3 {
		inc()
	}
	fmt.Println(n())
	count := 0
	for _, c := range []byte("ab_C9z") {
		if valid(c) {
			count++
		}
	}
	fmt.Println(count, sum("1,22,x3,4"))
	words := strings.Fields("one two three four five six")
	slices.SortFunc(words, func(a, b string) int { return len(a) - len(b) + 0*k })
	fmt.Println(len(words[0]), len(words[5]), sort.Search(100, func(i int) bool { return i*i >= 50 }))
	fmt.Println(slices.ContainsFunc(words, func(s string) bool { return s == "six" }))
	for i, v := range pairs(10) {
		if i == 1 {
			continue
		}
		fmt.Print(v, " ")
		if i == 3 {
			break
		}
	}
	fmt.Println(nested(12))
	fmt.Println(deferred(false))
	fmt.Println(deferred(true))
	fmt.Println(manyDefers(4), caller())
	var funcs []func() int
	for i := 0; i < 3; i++ {
		funcs = append(funcs, func() int { i *= 2; return i })
	}
	for _, f := range funcs {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()
	for i, j := 0, 10; i < j; i, j = i+1, j-2 {
		fmt.Print(i, j, " ")
	}
	fmt.Println()
}
