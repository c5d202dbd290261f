// Forms that generated and damaged programs brought up.
package main

import "fmt"

type list[T any] struct{ x T }

func (l *list[T]) push(x T)   { l.x = x }
func (l list[T]) get() T      { return l.x }
func (p *pair[A, B]) set(a A) { p.a = a }

type pair[A, B any] struct {
	a A
	b B
}

// A method expression of a pointer to a type whose arguments can only be types.
func methodExpressions() {
	var l list[[]int8]
	push := (*list[[]int8]).push
	push(&l, []int8{1, 2})
	fmt.Println(l, (list[[]int8]).get(l), list[[]int8].get(l))
	var f list[func(int) []int]
	(*list[func(int) []int]).push(&f, func(n int) []int { return make([]int, n) })
	fmt.Println(f.get()(3))
	var p pair[string, *[]int]
	(*pair[string, *[]int]).set(&p, "a")
	fmt.Println(p.a, p.b == nil, (**list[[]int])(nil) == nil)
}

// Allocates gigabytes where it is called; only its pointer bitmap is made up in advance.
func huge(n int) [][]int {
	if n == 0 {
		return nil
	}
	return [][]int{1e9: {n}}
}

type number int

func (n number) twice() int { return int(n) * 2 }
func (n number) Half() int  { return int(n) / 2 }

// Value methods, exported and not, of a nil pointer in an interface.
func nilReceivers(values ...any) {
	for _, v := range values {
		func() {
			defer func() { fmt.Println(recover()) }()
			v.(interface{ twice() int }).twice()
		}()
		func() {
			defer func() { fmt.Println(recover()) }()
			v.(interface{ Half() int }).Half()
		}()
	}
}

func main() {
	nilReceivers(number(1), (*number)(nil))
	methodExpressions()
	fmt.Println(len(huge(0)))
}
