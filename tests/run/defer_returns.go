// What a function defers runs when it returns: early returns, loops among the defer statements, nil functions, panics in deferred calls.
package main

import (
	"fmt"
	"runtime"
)

type T struct{ n int }

func (t *T) Close(s string) {
	_, _, line, _ := runtime.Caller(1)
	fmt.Println("close", t.n, s, line)
}

func early(k int) (r int) {
	if k == 0 {
		return 7
	}
	defer func() { r += k }()
	if k == 1 {
		return 1
	}
	t := &T{k}
	defer t.Close("a")
	for i := range 2 {
		defer fmt.Println("loop", i, k)
	}
	defer t.Close("b")
	if k == 3 {
		defer func() {
			fmt.Println(recover())
		}()
		panic("three")
	}
	return 2
}

func nilf(f func()) {
	defer f()
	fmt.Println("before nil")
}

func bad() {
	defer func() {
		panic("in deferred")
	}()
	fmt.Println("x")
}

func main() {
	for k := range 4 {
		fmt.Println(early(k))
	}
	func() {
		defer func() { fmt.Println("r:", recover()) }()
		nilf(nil)
	}()
	func() {
		defer func() { fmt.Println("r:", recover()) }()
		bad()
	}()
}
