// Recover: where it works and where it does not, nested panics, re-panics, Goexit, runtime errors.
package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
)

func helper() any { return recover() }

func deeper() any { return helper() }

type R struct{ got any }

func (r *R) rec() { r.got = recover() }
func (r R) val()  { fmt.Println("value method:", recover()) }

type recer interface{ rec() }

func run(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Printf("%s: escaped %v\n", name, r)
		} else {
			fmt.Printf("%s: ok\n", name)
		}
	}()
	f()
}

func generic[T any](f func() T) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("caught: %v", r)
		}
	}()
	return f(), nil
}

func named() (s string, n int) {
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprint("recovered ", r)
			n *= 2
		}
	}()
	s, n = "set", 21
	panic("boom")
}

func main() {
	run("direct defer of recover", func() {
		defer recover()
		panic(1)
	})
	run("helper called by deferred", func() {
		defer func() { fmt.Println("helper got", helper(), deeper()) }()
		panic(2)
	})
	run("deferred helper", func() {
		defer helper()
		panic(3)
	})
	run("method value", func() {
		r := &R{}
		defer func() { fmt.Println("got", r.got) }()
		f := r.rec
		defer f()
		panic(4)
	})
	run("interface method", func() {
		r := &R{}
		defer func() { fmt.Println("got", r.got) }()
		var i recer = r
		defer i.rec()
		panic(5)
	})
	run("value method through pointer", func() {
		r := &R{}
		defer r.val()
		panic(6)
	})
	run("nested panic replaced", func() {
		defer func() { fmt.Println("outer sees", recover()) }()
		defer func() { panic("second") }()
		panic("first")
	})
	run("recover then re-panic", func() {
		defer func() {
			r := recover()
			panic(fmt.Sprint("re-", r))
		}()
		panic("orig")
	})
	run("panic in deferred, recovered inside", func() {
		defer func() { fmt.Println("still", recover()) }()
		defer func() {
			defer func() { fmt.Println("inner", recover()) }()
			panic("in deferred")
		}()
		panic("main one")
	})
	run("recover in loop of defers", func() {
		for i := range 3 {
			defer func() { fmt.Println(i, recover()) }()
		}
		panic("loop")
	})
	run("recover outside panic", func() { fmt.Println(recover() == nil) })
	run("nil panic", func() {
		defer func() {
			r := recover()
			var pe *runtime.PanicNilError
			err, ok := r.(error)
			fmt.Println(ok && errors.As(err, &pe), r)
		}()
		panic(nil)
	})
	fmt.Println(named())
	fmt.Println(generic(func() int { return 1 }))
	fmt.Println(generic(func() string { panic("g") }))
	var arr []int
	var m map[string]int
	var p *R
	zero := 0
	for _, f := range []func(){
		func() { _ = arr[zero+3] }, func() { m["a"] = 1 }, func() { p.got = 1 }, func() { _ = 1 / zero },
		func() { var i any = "x"; _ = i.(int) }, func() { close(chan int(nil)) },
		func() { c := make(chan int); close(c); close(c) }, func() { c := make(chan int); close(c); c <- 1 },
		func() { panic(errors.New("custom")) }, func() { panic(fmt.Sprintf("%d", 42)) }, func() { panic(3.5) },
		func() { _ = make([]int, zero-1) }, func() { _ = strings.Repeat("x", zero-1) },
		func() { var mu sync.WaitGroup; mu.Done() },
	} {
		func() {
			defer func() {
				r := recover()
				re, isRuntime := r.(runtime.Error)
				fmt.Printf("%T %v %v\n", r, r, isRuntime)
				_ = re
			}()
			f()
		}()
	}
	done := make(chan string)
	go func() {
		defer func() { done <- "after goexit: " + fmt.Sprint(recover()) }()
		func() {
			defer fmt.Println("goexit runs defers")
			runtime.Goexit()
		}()
		fmt.Println("unreachable")
	}()
	fmt.Println(<-done)
	go func() {
		defer close(done)
		defer func() { fmt.Println("goexit during panic:", recover()) }()
		defer func() { recover(); runtime.Goexit() }()
		panic("p")
	}()
	<-done
	count := 0
	var rec func(n int)
	rec = func(n int) {
		defer func() {
			if r := recover(); r != nil {
				count++
				if n > 0 {
					panic(r)
				}
			}
		}()
		if n == 50 {
			panic("deep")
		}
		rec(n + 1)
	}
	rec(0)
	fmt.Println(count)
}
