// Panics, deferred calls and recover, as far as they can be seen without tracebacks.
package main

import (
	"errors"
	"fmt"
	"runtime"
)

type T struct{ x int }

func (t T) Value()    { fmt.Println("value method", recover()) }
func (t *T) Pointer() { fmt.Println("pointer method", recover()) }

type I interface{ Value() }

func try(name string, f func()) {
	defer func() {
		r := recover()
		if e, ok := r.(runtime.Error); ok {
			fmt.Printf("%s: runtime error %v\n", name, e)
			return
		}
		fmt.Printf("%s: %T %v\n", name, r, r)
	}()
	f()
}

var zero int
var nilMap map[string]int
var slice = []int{1, 2, 3}
var anything any = "text"
var nothing any
var five = 5
var opaque I = (*T)(nil)

func runtimeErrors() {
	try("index", func() { _ = slice[five] })
	try("index negative", func() { _ = slice[zero-1] })
	try("slice", func() { _ = slice[five:] })
	try("slice order", func() { _ = slice[five-2 : zero+1] })
	try("slice cap", func() { _ = slice[:five] })
	try("string slice", func() { _ = "abc"[five:] })
	try("array", func() { _ = [4]int(slice) })
	try("divide", func() { _ = 1 / zero })
	try("shift", func() { _ = 1 << (zero - 1) })
	try("nil map", func() { nilMap["a"] = 1 })
	try("nil pointer", func() { var p *T; _ = p.x })
	try("nil func", func() { var f func(); f() })
	try("type", func() { _ = anything.(int) })
	try("interface", func() { _ = anything.(fmt.Stringer) })
	try("nil interface", func() { _ = nothing.(int) })
	try("comparison", func() { var a, b any = []int{}, []int{}; _ = a == b })
	try("hash", func() { m := map[any]int{}; m[[]int{}] = 1 })
	try("make", func() { _ = make([]int, zero-1) })
	try("close nil", func() { var c chan int; close(c) })
	try("close twice", func() { c := make(chan int); close(c); close(c) })
	try("send closed", func() { c := make(chan int, 1); close(c); c <- 1 })
	try("nil", func() { panic(nil) })
	try("error", func() { panic(errors.New("mine")) })
	try("value", func() { panic(T{3}) })
	try("wrapper", func() { opaque.Value() })
}

func named() (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered %v", r)
			n *= 2
		}
	}()
	n = 21
	panic("half way")
}

func order() {
	defer fmt.Println("first")
	for i := 0; i < 3; i++ {
		defer func() { fmt.Println("loop", i) }()
	}
	defer fmt.Println("last")
}

func replaced() (r any) {
	defer func() { r = recover() }()
	defer func() { panic("second") }()
	panic("first")
}

func nested() {
	defer func() { fmt.Println("outer", recover()) }()
	defer func() {
		defer func() { fmt.Println("inner", recover()) }()
		panic("in deferred call")
	}()
	panic("original")
}

func notDirect() {
	defer func() { fmt.Println("direct", recover()) }()
	defer func() {
		func() { fmt.Println("not direct", recover()) }()
	}()
	panic("p")
}

func methods() {
	for _, f := range []func(){
		func() { defer T{}.Value(); panic(1) },
		func() { defer (&T{}).Pointer(); panic(2) },
		func() { var i I = T{}; defer i.Value(); panic(3) },
		func() { var i I = &T{}; defer i.Value(); panic(4) },
		func() { f := T{}.Value; defer f(); panic(5) },
	} {
		f()
	}
}

func goexit() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("goexit recovers", recover()) }()
		defer func() {
			defer func() { recover() }()
			panic("on the way out")
		}()
		runtime.Goexit()
	}()
	<-done
	done = make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("still exiting", recover()) }()
		func() {
			defer func() { fmt.Println("got", recover()) }()
			defer func() { panic("passes a goexit") }()
			runtime.Goexit()
		}()
		fmt.Println("not reached")
	}()
	<-done
}

func deep(n int) int {
	if n == 0 {
		panic("bottom")
	}
	defer func() { depth++ }()
	return deep(n-1) + 1
}

var depth int

func repanic() (r any) {
	defer func() { r = recover() }()
	defer func() {
		if r := recover(); r != nil {
			panic(fmt.Sprint("again ", r))
		}
	}()
	panic("once")
}

func main() {
	runtimeErrors()
	fmt.Println(named())
	order()
	fmt.Println(replaced())
	nested()
	notDirect()
	methods()
	goexit()
	try("deep", func() { deep(10000) })
	fmt.Println(depth)
	fmt.Println(repanic())
	fmt.Println(recover())
}
