// Values too large for registers: copies that are left out must not be missed.
package main

import "fmt"

type big struct {
	a [12]int
	s string
}

func (b big) sum() (n int) {
	for _, x := range b.a {
		n += x
	}
	return n + len(b.s)
}
func (b *big) set(i, x int) { b.a[i] = x }

//go:noinline
func makeBig(k int) (b big, ok bool) {
	if k < 0 {
		return b, false
	}
	for i := range b.a {
		b.a[i] = i * k
	}
	b.s = fmt.Sprint("n", k)
	return b, true
}

//go:noinline
func look(b big) int { return b.a[3] + len(b.s) }

//go:noinline
func change(b big) big {
	b.a[0] = -1
	b.s += "!"
	return b
}

//go:noinline
func changeThrough(p *big) { p.a[1] = 99 }

//go:noinline
func lookTwice(b big, f func()) int {
	n := b.a[2]
	f()
	return n*1000 + b.a[2]
}

var global, _ = makeBig(7)

//go:noinline
func lookGlobal(b big) int {
	global.a[4] = 1000
	return b.a[4]
}

func seenEarly() {
	v, _ := makeBig(1)
	f := func() (r big) {
		r.a[0] = v.a[5] * 10
		r.s = v.s
		r.a[1] = v.a[5]
		return r
	}
	v = f()
	fmt.Println(v.a[:3], v.s)
	v = change(v)
	fmt.Println(v.a[:3], v.s)
}

func arguments() {
	v, ok := makeBig(2)
	fmt.Println(ok, look(v), v.sum(), change(v).s, v.s)
	fmt.Println(lookTwice(v, func() { v.a[2] = 77 }), v.a[2])
	fmt.Println(lookGlobal(global), global.a[4])
	w := v
	changeThrough(&w)
	fmt.Println(v.a[1], w.a[1])
	x := v
	p := &v
	p.set(3, 55)
	fmt.Println(x.a[3], v.a[3], look(x), look(v))
}

func loops() {
	var kept []big
	var last big
	for i := range 4 {
		b, ok := makeBig(i)
		if !ok {
			continue
		}
		c := change(b)
		if i == 2 {
			last = c
		}
		kept = append(kept, b)
		b.a[1] = 1000 + last.a[0]
		kept = append(kept, c, b)
	}
	for _, k := range kept {
		fmt.Print(k.a[:2], k.s, " ")
	}
	fmt.Println(last.s)
}

func overlap() {
	s := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	*(*[12]int)(s[1:]) = [12]int(s)
	fmt.Println(s)
	*(*[12]int)(s) = *(*[12]int)(s[2:])
	fmt.Println(s)
	a := [3]big{}
	a[0].a[0], a[1].a[0], a[2].a[0] = 1, 2, 3
	a[0], a[1], a[2] = a[1], a[2], a[0]
	fmt.Println(a[0].a[0], a[1].a[0], a[2].a[0])
	i := 0
	i, a[i] = 2, a[1]
	fmt.Println(i, a[0].a[0])
}

func panics() (b big, err error) {
	defer func() {
		err = fmt.Errorf("%v %v %v", recover(), b.a[:2], b.s)
	}()
	b, _ = makeBig(3)
	var p *big
	c := big{a: [12]int{5, p.a[0]}, s: "never"}
	b = c
	return b, nil
}

func nilSource() {
	defer func() { fmt.Println(recover()) }()
	var p *big
	var s []int
	v := *p
	s[len(v.s)] = 1
}

func cleared(n int) (sum int) {
	for i := range n {
		var v [6]int
		for j := i; j < 6; j += 2 {
			v[j] = i
		}
		w := [3]int{i, i + 1, i + 2}
		x := struct {
			p *int
			q [3]int
		}{&w[1], w}
		*x.p = 100
		sum += v[0] + v[5] + w[1] + x.q[1]
	}
	return sum
}

type shape interface{ area() int }
type poly struct{ pts [9]int }

func (p poly) area() int { p.pts[0]++; return p.pts[0] + p.pts[8] }

func interfaces() {
	p := poly{[9]int{1, 8: 9}}
	var s shape = p
	p.pts[8] = 0
	f := p.area
	p.pts[0] = 50
	fmt.Println(s.area(), s.area(), f(), f(), p.area())
	m := map[string]poly{"x": p}
	q := m["x"]
	q.pts[0] = 0
	fmt.Println(m["x"].pts[0], q.pts[0], m["y"].pts)
	ch := make(chan poly, 1)
	ch <- q
	q.pts[1] = 5
	fmt.Println((<-ch).pts[1])
}

func closures() {
	k := 3
	add := func(x int) int { return x + k }
	twice := func(f func(int) int) func(int) int { return func(x int) int { return f(f(x)) } }
	quad := twice(twice(add))
	fmt.Println(quad(1))
	g := add
	compose := func(f func(int) int) func(int) int { return func(x int) int { return f(g(x)) } }
	h := compose(add)
	g = func(x int) int { return x * 100 }
	fmt.Println(h(1))
	var fs []func() int
	for i := range 3 {
		inner := func() int { return i * 10 }
		fs = append(fs, func() int { return inner() + 1 })
	}
	for _, f := range fs {
		fmt.Print(f(), " ")
	}
	fmt.Println()
}

func remainders() {
	for _, x := range []int{-5, -4, -1, 0, 1, 4, 7, 8, -8, -1 << 63} {
		fmt.Print(x%2 == 0, x%8 != 0, x%1 == 0, int8(x)%4 == 0, " ")
	}
	fmt.Println()
}

func main() {
	seenEarly()
	arguments()
	loops()
	overlap()
	_, err := panics()
	fmt.Println(err)
	nilSource()
	fmt.Println(cleared(5))
	interfaces()
	closures()
	remainders()
	if b, ok := makeBig(-1); !ok {
		fmt.Println(b.sum())
	}
}
