// Closures: capture by reference and by value, per-iteration loop variables, recursion, method values, escape.
package main

import (
	"fmt"
	"sort"
)

func counter() (inc func() int, get func() int) {
	n := 0
	inc = func() int { n++; return n }
	get = func() int { return n }
	return
}

func compose(fs ...func(int) int) func(int) int {
	return func(x int) int {
		for _, f := range fs {
			x = f(x)
		}
		return x
	}
}

type acc struct{ sum int }

func (a *acc) add(n int) { a.sum += n }
func (a acc) value() int { return a.sum }

type opFunc func(int, int) int

func (f opFunc) apply(a, b int) int { return f(a, b) }

func params(a int, b string, c []int, d *int, e float64) func() string {
	return func() string {
		a++
		b += "!"
		c[0]++
		*d++
		e *= 2
		return fmt.Sprint(a, b, c, *d, e)
	}
}

func named() (res int) {
	defer func() { res *= 2 }()
	f := func() { res += 5 }
	f()
	return res + 1
}

func main() {
	inc, get := counter()
	inc()
	inc()
	fmt.Println(get())
	i2, g2 := counter()
	i2()
	fmt.Println(g2(), get())
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i *= 10; return i })
	}
	for i := range 3 {
		fs = append(fs, func() int { return i })
	}
	for _, s := range []string{"a", "bb"} {
		fs = append(fs, func() int { return len(s) })
	}
	for _, f := range fs {
		fmt.Print(f(), " ", f(), " ")
	}
	fmt.Println()
	var ps []*int
	for i := 0; i < 3; i++ {
		ps = append(ps, &i)
		i := i
		i++
		_ = i
	}
	fmt.Println(*ps[0], *ps[1], *ps[2])
	var prints []func()
	for i := 0; i < 6; i++ {
		if i%2 == 0 {
			i++
			prints = append(prints, func() { fmt.Print("i=", i, " ") })
			continue
		}
	}
	for _, p := range prints {
		p()
	}
	fmt.Println()
	fmt.Println(compose(func(x int) int { return x + 1 }, func(x int) int { return x * 3 })(4))
	var fib func(int) int
	fib = func(n int) int {
		if n < 2 {
			return n
		}
		return fib(n-1) + fib(n-2)
	}
	fmt.Println(fib(20))
	a := acc{}
	add := a.add
	val := a.value
	add(5)
	add(6)
	fmt.Println(a.sum, val(), a.value(), (*acc).value(&a))
	fmt.Println(opFunc(func(a, b int) int { return a - b }).apply(9, 4))
	d := 1
	p := params(1, "s", []int{7}, &d, 1.5)
	fmt.Println(p(), p(), d)
	fmt.Println(named())
	func(xs ...int) { fmt.Println(len(xs), xs) }(1, 2, 3)
	x := 1
	func() {
		x := x + 1
		func() { x++ }()
		fmt.Println(x)
	}()
	fmt.Println(x)
	people := []struct {
		n string
		a int
	}{{"a", 3}, {"b", 1}, {"c", 2}}
	sort.Slice(people, func(i, j int) bool { return people[i].a < people[j].a })
	fmt.Println(people)
	m := map[string]func(...any) string{"p": fmt.Sprint, "l": fmt.Sprintln}
	fmt.Print(m["p"](1, 2), m["l"]("x"))
	deep := func() func() func() int {
		v := 10
		return func() func() int {
			v++
			return func() int { v++; return v }
		}
	}()
	fmt.Println(deep()(), deep()(), deep()())
	var nilf func()
	func() {
		defer func() { fmt.Println(recover()) }()
		nilf()
	}()
	fmt.Println(nilf == nil)
	big := [100]int{5: 5}
	bf := func() int { return big[5] }
	big[5] = 6
	fmt.Println(bf())
	ch := make(chan func() int, 2)
	for k := range 2 {
		ch <- func() int { return k * k }
	}
	fmt.Println((<-ch)(), (<-ch)())
}
