package main

import (
	"errors"
	"fmt"
	"os"
)

func order() (s string) {
	for i := range 3 {
		defer func() { s += fmt.Sprint(i) }()
	}
	defer func(x string) { s += x }("arg ")
	return "ret "
}

func safe(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
		}
	}()
	f()
	return nil
}

func nested() {
	defer func() {
		defer func() { fmt.Println("inner", recover()) }()
		panic("second")
	}()
	panic("first")
}

func rethrow() (n int) {
	defer func() {
		recover()
		n = 42
	}()
	defer func() { panic(recover().(string) + " again") }()
	panic("once")
}

type node struct{ next *node }

func main() {
	fmt.Println(order())
	var p *node
	var s []int
	var m map[string]int
	zero := 0
	idx := 5
	for _, f := range []func(){
		func() {},
		func() { panic("custom") },
		func() { panic(errors.New("an error")) },
		func() { _ = p.next },
		func() { _ = s[idx] },
		func() { _ = make([]int, 3)[1:idx] },
		func() { _ = 1 / zero },
		func() { m["a"] = 1 },
		func() { var i any = "s"; _ = i.(int) },
		func() { _ = make([]int, zero-1) },
		func() { var f func(); f() },
		func() { close((chan int)(nil)) },
		func() { panic(nil) },
		func() { _ = "abc"[idx] },
		func() { _ = [4]int(make([]int, 2)) },
	} {
		fmt.Println(safe(f))
	}
	fmt.Println(safe(nested))
	fmt.Println(rethrow())
	defer fmt.Println("not printed: os.Exit runs no deferred calls")
	os.Exit(3)
}
