package main

import "fmt"

func counter() (func() int, func()) {
	n := 0
	return func() int { n++; return n }, func() { n = 100 }
}

func fib() func() int {
	a, b := 0, 1
	return func() int {
		r := a
		a, b = b, a+b
		return r
	}
}

func apply(n int, f func(int) int) int { return f(n) }

type acc struct{ sum int }

func (a *acc) add(n int) { a.sum += n }

func main() {
	next, reset := counter()
	next()
	reset()
	fmt.Println(next(), next())
	f := fib()
	for range 10 {
		fmt.Print(f(), " ")
	}
	fmt.Println()
	var fs []func() int
	for i := range 3 {
		fs = append(fs, func() int { i *= 10; return i })
	}
	for _, f := range fs {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()
	k := 5
	fmt.Println(apply(3, func(n int) int { k++; return n * k }), k)
	a := &acc{}
	add := a.add
	for i := range 5 {
		add(i)
	}
	fmt.Println(a.sum)
	var rec func(int) int
	rec = func(n int) int {
		if n == 0 {
			return 1
		}
		return n * rec(n-1)
	}
	fmt.Println(rec(10))
}
