// Slices: append and aliasing, three-index slicing, copy, clear, conversion to arrays, bounds.
package main

import "fmt"

func show(name string, s []int) { fmt.Println(name, s, len(s), cap(s)) }

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "-", r)
		}
	}()
	f()
}

type pair struct{ a, b int }

func variadic(xs ...int) int {
	if xs == nil {
		return -1
	}
	if len(xs) > 0 {
		xs[0] = 99
	}
	return len(xs)
}

// Growth is seen of slices that escape: gc gives others their first elements on the stack.
var (
	grown []int
	bytes []byte
)

func main() {
	a := []int{1, 2, 3, 4, 5}
	b := a[1:3]
	show("b", b)
	b = append(b, 100)
	show("a", a)
	c := a[1:3:3]
	show("c", c)
	c = append(c, 200)
	show("a", a)
	show("c", c[:3])
	var n []int
	show("nil", n)
	fmt.Println(n == nil, n[:] == nil, n[0:0] == nil, []int{} == nil)
	n = append(n, n...)
	fmt.Println(n == nil)
	n = append(n, 1)
	caps := []int{}
	last := -1
	for i := 0; i < 5000; i++ {
		grown = append(grown, i)
		if cap(grown) != last {
			last = cap(grown)
			caps = append(caps, last)
		}
	}
	fmt.Println(caps)
	var gs []pair
	gs = append(gs, pair{1, 2}, pair{3, 4}, pair{5, 6})
	bytes = append(bytes, 1)
	fmt.Println(len(gs), cap(gs), cap(bytes), cap(append([]byte("abc"), "defghijkl"...)), cap(append([]string(nil), "a", "b", "c")))
	copy(a[1:], a)
	show("overlap", a)
	copy(a, a[2:])
	show("overlap2", a)
	fmt.Println(copy(a, []int{7}), copy(a[:0], a))
	clear(a[1:3])
	show("clear", a)
	arr := [3]int(a[:3])
	pa := (*[2]int)(a)
	pa[0] = -1
	fmt.Println(arr, *pa, a[0], len(pa))
	x := make([]int, 2, 10)
	show("ext", x[:5])
	show("ext", x[5:7])
	show("ext", x[2:2:4])
	fmt.Println(variadic(), variadic([]int{}...), variadic(a...), a[0], variadic(1, 2, 3))
	m := [][]int{{1}, {2, 3}, nil, {}}
	m[2] = append(m[2], m[1]...)
	m[1][0] = 50
	fmt.Println(m, len(m))
	idx := []string{2: "c", 0: "a", 5: "f"}
	fmt.Printf("%q %d\n", idx, len(idx))
	ptrs := []*pair{{1, 2}, {3, 4}}
	for _, p := range ptrs {
		p.a *= 10
	}
	fmt.Println(*ptrs[0], *ptrs[1])
	for i := range a {
		a = append(a, i)
	}
	show("range grows", a)
	i, z := 5, []int{1, 2, 3}
	try("index", func() { _ = z[i] })
	try("neg", func() { i = -1; _ = z[i] })
	i = 5
	try("slice hi", func() { _ = z[:i] })
	try("slice lo", func() { i = 4; _ = z[i:] })
	try("slice lohi", func() { i = 2; j := 1; _ = z[i:j] })
	try("slice3", func() { i = 7; _ = z[1:2:i] })
	try("slice3b", func() { i = 3; j := 2; _ = z[:i:j] })
	try("slice3c", func() { i = 3; j := 2; _ = z[i:j:3] })
	try("string", func() { s := "abc"; i = 10; _ = s[i] })
	try("string slice", func() { s := "abc"; i = 10; _ = s[i:] })
	try("string slice2", func() { s := "abc"; i = 3; j := 1; _ = s[i:j] })
	try("array", func() { var q [4]int; i = 4; q[i] = 1 })
	try("toarray", func() { _ = [4]int(z) })
	try("toarrayptr", func() { _ = (*[4]int)(z) })
	try("makeneg", func() { i = -1; _ = make([]int, i) })
	try("makecap", func() { i = 3; j := 2; _ = make([]int, i, j) })
	try("makehuge", func() { i = 1 << 60; _ = make([]int, i) })
	var u8 uint8 = 200
	try("uint8", func() { _ = z[u8] })
	var u64 uint64 = 1 << 63
	try("uint64", func() { _ = z[u64] })
	var np *[4]int
	try("nil array ptr", func() { fmt.Println(len(np)); _ = np[1] })
	for i := range np {
		fmt.Print(i)
	}
	fmt.Println()
}
