// What fails inside methods' wrappers, and the lines of those who call functions made by package reflect.
package main

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

type T struct{ n int }

func (t T) Value() int    { return t.n }
func (t *T) Pointer() int { return t.n }

type (
	valuer  interface{ Value() int }
	pointer interface{ Pointer() int }
	byPtr   struct{ *T }
	deeper  struct{ *byPtr }
	byIface struct{ valuer }
)

//go:noinline
func value(v valuer) int { return v.Value() }

//go:noinline
func point(p pointer) int { return p.Pointer() }

func try(name string, f func() int) {
	defer func() {
		r := recover()
		err, isRuntime := r.(runtime.Error)
		fmt.Println(name+":", r, isRuntime, isRuntime && strings.HasPrefix(err.Error(), "runtime error"))
	}()
	fmt.Println(name, f())
}

// lines prints the functions of this file that are active, with their lines.
func lines(name string) {
	pcs := make([]uintptr, 50)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	fmt.Print(name)
	for {
		frame, more := frames.Next()
		if filepath.Base(frame.File) == "wrappers_fail.go" {
			fmt.Print(" ", frame.Function, ":", frame.Line)
		}
		if !more {
			break
		}
	}
	fmt.Println()
}

//go:noinline
func callsMade(f func(int) int) int {
	n := f(1)
	n += f(2)
	return n
}

//go:noinline
func onlyCalls(f func(int) int) {
	f(3)
}

func main() {
	t := &T{5}
	var null *T
	try("value", func() int {
		return value(t) + value(*t) + value(byPtr{t}) + value(&byPtr{t}) + value(deeper{&byPtr{t}})
	})
	try("nil pointer", func() int { return value(null) })
	try("nil embedded pointer", func() int { return value(byPtr{}) })
	try("pointer to nil embedded pointer", func() int { return value(&byPtr{}) })
	try("nil pointer to embedded", func() int { var b *byPtr; return value(b) })
	try("nil at depth", func() int { return value(deeper{}) })
	try("nil deeper", func() int { return value(deeper{&byPtr{}}) })
	try("nil embedded interface", func() int { return value(byIface{}) })
	try("nil receiver", func() int { return point(null) })
	try("nil embedded receiver", func() int { return point(byPtr{}) })
	try("nil outer receiver", func() int { return point(deeper{}) })
	try("method value", func() int { return byPtr{}.Value() })
	try("method expression", func() int { return byPtr.Value(byPtr{}) })
	try("method expression of an interface", func() int { return valuer.Value(null) })

	made := reflect.MakeFunc(reflect.TypeFor[func(int) int](), func(args []reflect.Value) []reflect.Value {
		lines("made")
		return args
	}).Interface().(func(int) int)
	callsMade(made)
	onlyCalls(made)
	bound := reflect.ValueOf(binder{}).Method(0).Interface().(func(int) int)
	callsMade(bound)
	onlyCalls(bound)
	reflect.ValueOf(onlyCalls).Call([]reflect.Value{reflect.ValueOf(made)})
}

type binder struct{}

func (binder) Bound(n int) int {
	lines("bound")
	return n
}
