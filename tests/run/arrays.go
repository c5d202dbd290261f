// Arrays: value semantics, comparison, literals, nesting, as map keys and in interfaces.
package main

import "fmt"

type Grid [3][3]int

func (g Grid) Sum() (s int) {
	for _, row := range g {
		for _, v := range row {
			s += v
		}
	}
	return
}

func (g *Grid) Set(i, j, v int) { g[i][j] = v }

func modify(a [4]int) [4]int {
	a[0] = 100
	return a
}

type T struct {
	name string
	vals [2]float64
}

var global = [...]string{3: "d", 1: "b"}

func main() {
	a := [4]int{1, 2, 3, 4}
	b := a
	b[1] = 20
	c := modify(a)
	fmt.Println(a, b, c, a == b, a == [4]int{1, 2, 3, 4})
	fmt.Println(len(global), global)
	var g Grid
	g.Set(1, 1, 5)
	h := g
	h.Set(0, 0, 7)
	fmt.Println(g, h, g.Sum(), h.Sum(), g == h)
	for i, v := range a {
		a[3] = 99
		if i == 3 {
			fmt.Println("range over copy", v)
		}
	}
	for i, v := range &b {
		b[3] = 99
		if i == 3 {
			fmt.Println("range over pointer", v)
		}
	}
	x, y := T{"x", [2]float64{1, 2}}, T{"x", [2]float64{1, 2}}
	fmt.Println(x == y, [2]T{x, y} == [2]T{y, x})
	m := map[[2]int]string{{1, 2}: "a", {2, 1}: "b"}
	m[[2]int{1, 2}] += "!"
	fmt.Println(m)
	var i1, i2 any = [2]string{"p", "q"}, [2]string{"p", "q"}
	fmt.Println(i1 == i2)
	func() {
		defer func() { fmt.Println(recover()) }()
		var e1, e2 any = [1][]int{}, [1][]int{}
		fmt.Println(e1 == e2)
	}()
	p := &a
	p[2] = -1
	s := p[1:3]
	s[0] = -2
	fmt.Println(a, len(p), cap(s))
	arr := [...]*[2]int{{1, 2}, {3, 4}}
	fmt.Println(*arr[0], arr[1][1])
	var empty [0]int
	fmt.Println(empty, len(empty), empty == [0]int{})
	big := [1000]int{999: 1}
	big2 := big
	big2[0] = 1
	fmt.Println(big == big2, big2[999])
	type S struct{ in [3]struct{ v int8 } }
	var ss S
	ss.in[1].v = 9
	tt := ss
	tt.in[1].v++
	fmt.Println(ss, tt)
	fs := [2]func(int) int{func(i int) int { return i + 1 }, func(i int) int { return i * 2 }}
	fmt.Println(fs[0](5), fs[1](5))
	i := 1
	i, a[i] = 2, 42
	fmt.Println(i, a)
	a[0], a[1] = a[1], a[0]
	fmt.Println(a)
	matrix := [2][2]int{{1, 2}, {3, 4}}
	matrix[0], matrix[1] = matrix[1], matrix[0]
	fmt.Println(matrix)
	ch := make(chan [3]int, 1)
	ch <- [3]int{1, 2, 3}
	fmt.Println((<-ch)[1])
}
