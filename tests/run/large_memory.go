// Variables, temporaries and results too large for a frame; literals that are read-only data; built-in functions of several results.
package main

import (
	"fmt"
	"unsafe"
)

type big struct {
	a [1 << 20]byte
	s string
	p *int
}

type table struct {
	name  string
	cells [6]int
	any   any
	f     func() string
}

var shared = 5

func hello() string { return "hello" }

func fill(x byte) (b big) {
	b.a[1000], b.s, b.p = x, "filled", &shared
	return
}

func deferring() (b big) {
	defer func() {
		recover()
		b.a[7]++
	}()
	b = fill(3)
	panic("after")
}

func literal(i int) table {
	t := table{"t", [6]int{1, 2, 3, 4, 5, 6}, 1.5, hello}
	t.cells[i] = 10
	return t
}

func slices(i int) ([]int, [5][]int) {
	x := [5][]int{{1}, {2}, {3}, {4}, {5}}
	x[i][0] = 99
	return []int{1, 2}, x
}

func unsafeArgs() (unsafe.Pointer, uint8) { return unsafe.Pointer(&[4]byte{1, 2, 3, 4}), 2 }
func bytesArgs() (*byte, int)             { return &[]byte("abcd")[0], 3 }

func main() {
	var local [1 << 18]int
	for i := range local {
		local[i] = i
	}
	sum := 0
	for _, v := range local {
		sum += v
	}
	b := fill(1)
	c := b
	c.a[1000] = 2
	p := &b
	fmt.Println(sum, b.a[1000], c.a[1000], c.s, *p.p, deferring().a[7], deferring().a[1000])
	*p = big{}
	fmt.Println(b.a[1000], b.s == "", b.p == nil)
	*p = big{s: "set"}
	fmt.Println(b.s)
	t, u := literal(0), literal(5)
	fmt.Println(t.name, t.cells, t.any, t.f(), u.cells)
	for range 2 {
		fmt.Println(slices(1))
	}
	fmt.Println(*(*byte)(unsafe.Add(unsafeArgs())), unsafe.Slice(bytesArgs()), unsafe.String(bytesArgs()))
}
