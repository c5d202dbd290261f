// Generic methods as values and expressions, prefix operators before instantiated types, names of local types.
package main

import (
	"fmt"
	"reflect"
)

type pair[A, B any] struct {
	a A
	b B
}

func (p pair[A, B]) with[C, D any](c C, d D) string { return fmt.Sprintf("%T %T %T %T", p.a, p.b, c, d) }
func (p *pair[A, B]) set[C any](c C) string        { return fmt.Sprintf("%T %T", p, c) }
func (p pair[A, B]) swap() pair[B, A]              { return pair[B, A]{p.b, p.a} }

type outer[A, B any] struct {
	name string
	pair[A, B]
}

func values[A, B, C, D any](o outer[A, B]) (func(C, D) string, func(*outer[A, B], C) string) {
	return o.with[C, D], (*outer[A, B]).set[C]
}

func local[T any]() (reflect.Type, reflect.Type) {
	type first struct{}
	type second[_ any] struct{}
	return reflect.TypeFor[pair[first, T]](), reflect.TypeFor[second[T]]()
}

func pointers() *int { return new(int) }
func make2[A, B any]() *int {
	x := 7
	return &x
}

func main() {
	p := pair[int8, string]{1, "x"}
	fmt.Println(p.with[bool, rune](true, 'r'))
	f := p.with[float32, uint]
	fmt.Println(f(1, 2))
	fmt.Println(pair[int8, string].with[int, int16](p, 1, 2))
	fmt.Println((*pair[int8, string]).with[error, any](&p, nil, 3))
	fmt.Println((*pair[int8, string]).set[[]int](&p, nil))
	o := outer[int8, string]{"o", p}
	g, h := values[int8, string, byte, *int](o)
	fmt.Println(g(1, nil))
	fmt.Println(h(&o, 2))
	fmt.Println(outer[int8, string].with[int, map[string]int](o, 1, nil))

	fmt.Println((*pair[int8, string]).swap(&p), (*outer[int8, string]).swap(&o))
	_ = (**pair[int, int])(nil)
	var x any = &p
	_, isPair := x.(*pair[int8, string])
	fmt.Println(isPair, *make2[int, pair[int, int]](), *pointers())

	a, b := local[int]()
	fmt.Println(a, b)
	type third struct{}
	fmt.Println(local[third]())
	fmt.Println(reflect.TypeFor[pair[third, *third]]())
}
