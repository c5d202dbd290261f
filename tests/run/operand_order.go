// When variables are read between the calls of a statement, and in what order the parts of an assignment happen.
package main

import "fmt"

type pair struct{ a, b int }

type box struct {
	n   int
	p   pair
	m   map[string]int
	arr [3]int
	s   []int
}

var g = 1

func set(n int) int { g = n; return n }

func two() (*int, int) { return nil, 42 }

type method struct{ n int }

func (m method) get(int) int   { return m.n }
func (m *method) bump(int) int { m.n++; return m.n }

type I interface{ M() }
type J interface{ M() }
type T int

func (T) M() {}

func boxed(values ...any) { fmt.Println(values...) }

func pairOf() (int, int)                { return 3, 4 }
func appendArgs() ([]int, int, int)     { return []int{1}, 2, 3 }
func deleteArgs() (map[int]bool, int)   { return map[int]bool{1: true}, 1 }
func copyArgs() ([]byte, string)        { return make([]byte, 2), "abc" }
func complexArgs() (float64, float64)   { return 1, 2 }
func minArgs() (string, string, string) { return "b", "a", "c" }

func operators() {
	g = 1
	fmt.Println(g+set(5), g)
	g = 1
	fmt.Println(g*10+set(2)+g*set(3), g)
	b := &box{n: 1, m: map[string]int{"k": 1}, s: []int{1, 2, 3}}
	change := func(n int) int {
		b.n, b.p, b.m["k"], b.arr[1], b.s[0] = n, pair{n, n}, n, n, n
		return n
	}
	fmt.Println(b.n + change(2))
	fmt.Println(b.m["k"] + change(3))
	fmt.Println(b.arr[1] + b.s[0] + change(4))
	fmt.Println(b.p.a-change(5), len(b.s), b.p)
	fmt.Println(b.p, change(6), b.p)
	boxed(b.n, b.p, b.arr, change(7), b.n, b.p)
	fmt.Println(b.s[0:1], func() int { b.s = []int{9}; return 0 }(), b.s)
	s := "x"
	grow := func() string { s += "y"; return s }
	fmt.Println(s + grow() + s + grow())
	fmt.Println(s == grow(), s < grow(), len(s)+len(grow()))
}

func shortCircuit() {
	x := false
	flip := func() bool { x = !x; return x }
	fmt.Println(x || flip(), x && flip())
	fmt.Println([]bool{x, flip(), x && true, flip(), x})
	var a any = 1
	swap := func() any { a = "s"; return 2 }
	fmt.Println(a.(int) + swap().(int))
	fmt.Println(a)
	i := 0
	next := func() int { i++; return i }
	fmt.Println(!(i == 0 && next() == 1), i, next(), !(i > 0 && next() > 0))
}

func literals() {
	x := 1
	inc := func() int { x++; return x }
	fmt.Println([]int{x, inc(), x, inc()}, [2]int{x, inc()}, pair{x, inc()}, &pair{inc(), x})
	fmt.Println(map[int]int{x: inc(), inc(): x})
	type nest struct {
		p pair
		q *pair
		v any
	}
	n := nest{pair{x, inc()}, &pair{x, inc()}, x}
	fmt.Println(n.p, *n.q, n.v)
	fmt.Println([][]int{{x, inc()}, {x}})
}

func calls() {
	f := func(a, b int) int { return a*10 + b }
	swap := func() int { f = func(a, b int) int { return a + b }; return 1 }
	fmt.Println(f(swap(), 2))
	m := method{1}
	fmt.Println(m.get(m.bump(0)), m.n)
	pm := &m
	fmt.Println(pm.get(func() int { pm = &method{70}; return 0 }()))
	x := []int{1, 2, 3}
	fmt.Println(append(x[:1], x[1]+func() int { x[1] = 10; return 1 }()), x)
	fmt.Println(min(x[0], func() int { x[0] = -1; return 5 }()))
	c := complex(float64(x[0]), float64(func() int { x[0] = 7; return 1 }()))
	fmt.Println(c)
}

func assignments() {
	a := []int{1, 2, 3}
	i := 0
	a[i], i = 5, 2
	fmt.Println(a, i)
	i, a[i] = 0, 9
	fmt.Println(a, i)
	p := new(int)
	q := p
	p, *p = two()
	fmt.Println(p, *q)
	i = 1
	a[i] = func() int { i = 2; return 100 }()
	fmt.Println(a)
	a[0] += func() int { a[0] = 1000; return 1 }()
	fmt.Println(a)
	b := a
	a[1] = func() int { a = make([]int, 3); return 7 }()
	fmt.Println(a, b)
	for i, a[i] = range []int{99, 98} {
	}
	fmt.Println(a, i)
	m := map[string]int{}
	idx := func(s string) string { fmt.Print(s, " "); return s }
	val := func(n int) int { fmt.Print(n, " "); return n }
	m[idx("a")], m[idx("b")] = val(1), val(2)
	a[val(0)], m[idx("c")] = pairOf()
	m[idx("d")] += val(4)
	fmt.Println(a, m)
	var k, l = i, func() int { i = 55; return i }()
	fmt.Println(k, l)
	k, l = l, k
	fmt.Println(k, l)
}

func results() (x int, y []int) {
	x = 1
	y = []int{x}
	return y[0], func() []int { y[0] = 8; return y }()
}

func spread() {
	fmt.Println(append(appendArgs()))
	delete(deleteArgs())
	fmt.Println(copy(copyArgs()), complex(complexArgs()), min(minArgs()), max(minArgs()))
}

func interfaces() {
	var i I = T(1)
	var j J = i
	k := I(j)
	var u interface{ M() } = j
	fmt.Println(i == k, i == j, j == i, u == i, i == u, map[I]int{i: 1}[k], map[I]int{i: 1}[u])
	switch any(i) {
	case j:
		fmt.Println("same")
	}
	switch {
	case any(1) == nil:
	case i == j:
		fmt.Println("no tag")
	}
	var truth any = true
	switch {
	case truth:
		fmt.Println("interface case")
	}
	switch j {
	case u:
		fmt.Println("two interfaces")
	}
}

func deferred() {
	defer func() { fmt.Println("recovered", recover() != nil) }()
	var i I
	defer i.M()
	fmt.Println("not reached")
}

func main() {
	operators()
	shortCircuit()
	literals()
	calls()
	assignments()
	fmt.Println(results())
	spread()
	interfaces()
	deferred()
}
