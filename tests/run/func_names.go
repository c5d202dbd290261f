// The names that programs see of functions: method values and expressions, of promoted methods too, types of functions, closures of
// package-level variables, whose initialisers are one function.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

func name(f any) string { return runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name() }

type T struct{ n int }

func (t T) Value()       {}
func (t *T) Pointer(int) {}
func (t T) hidden()      {}

type Gen[A any] struct{ a A }

func (g Gen[A]) Value()    {}
func (g *Gen[A]) Pointer() {}

type (
	I       interface{ Value() }
	byPtr   struct{ *T }
	byValue struct{ T }
	byIface struct{ I }
	number  int
)

func (number) m() {}

// The initialiser of last needs early's first.
var last = func() int { return early() }
var (
	first, _ = func() {}, 1
	pair     = struct{ f, g func() }{func() {}, func() {}}
	list     = []func(){func() {}, nil, made()}
	early    = func() int { return 1 }
	method   = T{}.Value
)

func made() func() { return func() {} }

func main() {
	t := &T{}
	fmt.Println(name(t.Value), name(t.Pointer), name(t.hidden), name(method))
	fmt.Println(name(T.Value), name((*T).Pointer), name((*T).Value))
	g := &Gen[int]{}
	fmt.Println(name(g.Value), name(g.Pointer), name(Gen[string].Value), name((*Gen[string]).Pointer))
	var i I = t
	fmt.Println(name(i.Value), name(I.Value))
	fmt.Println(name(byPtr{t}.Value), name(byPtr{t}.Pointer), name(byPtr.Pointer))
	fmt.Println(name(byValue{}.Value), name(byValue.Value), name((*byValue).Pointer), name(byIface{t}.Value))
	fmt.Println(name(number(1).m), name(struct{ T }{}.Value))
	type local struct{ T }
	fmt.Println(name(local{}.Value), name(local.Value))
	fmt.Println(name(strings.NewReader("").Len), name(fmt.Println))
	fmt.Println(name(last), name(first), name(pair.f), name(pair.g), name(list[0]), name(list[2]), name(early))
	// One function for all values of a method.
	other := T{5}
	fmt.Println(reflect.ValueOf(t.Value).Pointer() == reflect.ValueOf(other.Value).Pointer())
	f, h := t.Pointer, other.Pointer
	f(1)
	h(2)
}
