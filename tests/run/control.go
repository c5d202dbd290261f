package main

import "fmt"

type weekday int

const (
	sunday weekday = iota
	monday
	tuesday
)

func (d weekday) String() string { return [...]string{"Sun", "Mon", "Tue"}[d] }

func classify(n int) string {
	switch {
	case n < 0:
		return "negative"
	case n == 0:
		return "zero"
	case n%2 == 0:
		fallthrough
	case n > 100:
		return "even or large"
	}
	return "odd"
}

func variadic(prefix string, rest ...int) int { return len(prefix) + len(rest) }

func multi() (a, b int, s string) {
	a, b = 1, 2
	s = "three"
	return
}

func gotos() int {
	i := 0
again:
	i++
	if i < 10 {
		goto again
	}
	return i
}

var global = initial() + 1

func initial() int { return second * 2 }

var second = 20

func init() { fmt.Println("init", global) }
func init() { fmt.Println("init again") }

func main() {
	for _, n := range []int{-1, 0, 3, 4, 101} {
		fmt.Println(n, classify(n))
	}
outer:
	for i := 0; i < 3; i++ {
		for j := 0; ; j++ {
			if j == 2 {
				continue outer
			}
			if i == 2 {
				break outer
			}
			fmt.Print(i, j, ";")
		}
	}
	fmt.Println()
	fmt.Println(variadic("ab"), variadic("", 1, 2), variadic("x", []int{1, 2, 3}...))
	fmt.Println(multi())
	fmt.Println(gotos(), monday, tuesday, fmt.Sprintf("%d %v", monday, []weekday{sunday}))
	x, y := 1, 2
	x, y = y, x+y
	fmt.Println(x, y)
	i := 0
	arr := [3]int{}
	i, arr[i] = 2, 9
	fmt.Println(i, arr)
	if v := x * y; v > 5 {
		fmt.Println("big", v)
	} else if v > 2 {
		fmt.Println("medium", v)
	}
	seq := func(yield func(int) bool) {
		defer fmt.Println("cleaned up")
		for i := range 5 {
			if !yield(i * i) {
				return
			}
		}
	}
	for v := range seq {
		if v > 4 {
			break
		}
		fmt.Print(v, " ")
	}
	type local struct {
		weekday
		tags [2]string
	}
	l := local{tuesday, [2]string{"p", "q"}}
	m := l
	m.tags[0] = "changed"
	fmt.Println(l, m, l == m)
}
