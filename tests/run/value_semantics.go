// Where values are copied: assignment, range, calls, channels, maps, interfaces, closures, method values, results.
package main

import "fmt"

type V struct {
	a [3]int
	s []int
	n int
}

func change(v V) V {
	v.a[0], v.s[0], v.n = 9, 9, 9
	return v
}

func (v V) with(n int) V  { v.n = n; return v }
func (v *V) set(n int) *V { v.n = n; return v }
func two() (V, V)         { v := V{n: 1}; w := v; w.n = 2; return v, w }
func swap(a, b V) (V, V)  { return b, a }
func named() (v V, p *V)  { p = &v; v.n = 1; return v, &v }
func ptr() *V             { v := V{n: 3}; return &v }
func arr(a [3]int) [3]int { a[1]++; return a }
func iface(x any) int     { v := x.(V); v.n++; return v.n + x.(V).n }

type holder struct {
	v  V
	vs []V
	m  map[string]V
	p  *V
}

func main() {
	v := V{[3]int{1, 2, 3}, []int{1, 2}, 1}
	w := change(v)
	fmt.Println(v, w)
	vs := []V{{n: 1}, {n: 2}}
	for _, x := range vs {
		x.n = 100
	}
	for i := range vs {
		vs[i].n *= 10
	}
	fmt.Println(vs[0].n, vs[1].n)
	m := map[string]V{"k": v}
	mv := m["k"]
	mv.n = 77
	fmt.Println(m["k"].n, mv.n)
	var x any = v
	v.n = 5
	fmt.Println(x.(V).n, iface(x), iface(x))
	c := make(chan V, 1)
	c <- v
	v.n = 6
	fmt.Println((<-c).n)
	f := v.with
	g := v.set
	v.n = 7
	fmt.Println(f(1).n, v.n)
	fmt.Println(g(8).n)
	fmt.Println(v.n)
	a, b := two()
	a, b = b, a
	fmt.Println(a.n, b.n)
	a, b = swap(a, b)
	fmt.Println(a.n, b.n)
	nv, np := named()
	np.n = 50
	fmt.Println(nv.n, np.n, ptr().with(4).n)
	h := holder{v: v, vs: []V{v}, m: map[string]V{"x": v}, p: &v}
	h2 := h
	h2.v.n, h2.vs[0].n, h2.p.n = 1000, 2000, 3000
	fmt.Println(h.v.n, h.vs[0].n, h.p.n, v.n, h.m["x"].n)
	aa := [2][3]int{{1, 2, 3}}
	bb := aa
	bb[0] = arr(aa[0])
	pa := &aa[1]
	aa[1][2] = 8
	fmt.Println(aa, bb, pa[2])
	sl := aa[:]
	sl[0][0] = 55
	for i, row := range aa {
		aa[1][0] = 66
		fmt.Print(i, row, " ")
	}
	for i, row := range sl {
		sl[1][1] = 77
		fmt.Print(i, row, " ")
	}
	fmt.Println()
	i := 0
	arr2 := []int{10, 20, 30}
	i, arr2[i] = 2, 11
	arr2[i], i = 33, 0
	fmt.Println(i, arr2)
	s1 := []int{1, 2, 3}
	s1[0], s1[1], s1[2] = s1[2], s1[0], s1[1]
	fmt.Println(s1)
	type node struct {
		next *node
		v    int
	}
	var head *node
	for i := range 3 {
		head = &node{head, i}
	}
	var prev *node
	for head != nil {
		head, head.next, prev = head.next, prev, head
	}
	for n := prev; n != nil; n = n.next {
		fmt.Print(n.v)
	}
	fmt.Println()
	z := struct{ p, q *int }{new(int), nil}
	z.q = z.p
	y := z
	*y.q = 5
	fmt.Println(*z.p)
	order := []string{}
	rec := func(s string, v int) int { order = append(order, s); return v }
	mm := map[int]int{}
	mm[rec("key", 1)], arr2[rec("idx", 0)] = rec("v1", 10), rec("v2", 20)
	_ = [3]int{rec("e0", 0), rec("e1", 1), rec("e2", 2)}
	_ = V{n: rec("n", 1), s: []int{rec("s", 1)}}
	func(a, b, c int) {}(rec("a", 1), rec("b", 2), rec("c", 3))
	fmt.Println(order, mm, arr2)
}
