// Defer: order, argument evaluation, loops, named results, methods, closures, builtins.
package main

import (
	"fmt"
	"os"
	"sync"
)

type T struct{ name string }

func (t T) Close()   { fmt.Println("close", t.name) }
func (t *T) PClose() { fmt.Println("pclose", t.name) }

type closer interface{ Close() }

func eval(s string) string { fmt.Println("eval", s); return s }

func order() {
	for i := range 3 {
		defer fmt.Println("loop", i)
	}
	defer fmt.Println(eval("arg"))
	fmt.Println("body")
}

func results() (a int, err error) {
	defer func() {
		if a > 10 {
			err = fmt.Errorf("too big: %d", a)
			a = -1
		}
	}()
	a = 5
	return a * 3, nil
}

func unnamed() int {
	x := 1
	defer func() { x = 100 }()
	return x
}

func methods() {
	t := T{"one"}
	defer t.Close()
	defer t.PClose()
	var c closer = t
	defer c.Close()
	t.name = "two"
}

func conditional(n int) (s string) {
	if n > 0 {
		defer func() { s += "+pos" }()
	}
	if n%2 == 0 {
		defer func() { s += "+even" }()
	}
	switch {
	case n > 5:
		return "big"
	}
	return "small"
}

func many() (sum int) {
	for i := range 1000 {
		defer func() { sum += i }()
	}
	return 0
}

func nested() {
	defer func() {
		defer func() {
			defer fmt.Println("innermost")
			fmt.Println("inner")
		}()
		fmt.Println("outer deferred")
	}()
	fmt.Println("nested body")
}

func builtins() {
	m := map[int]int{1: 1}
	ch := make(chan int, 1)
	func() {
		defer delete(m, 1)
		defer close(ch)
		defer print()
		defer copy(make([]int, 1), []int{1})
		defer func() { recover() }()
	}()
	_, ok := <-ch
	fmt.Println(len(m), ok)
}

func nilDefer() {
	defer func() { fmt.Println("recovered:", recover()) }()
	var f func()
	defer f()
	fmt.Println("nil defer reached end")
}

func largeArgs() {
	var a [20]int
	a[19] = 7
	defer func(b [20]int, s string, fs ...float64) { fmt.Println(b[19], s, fs) }(a, "big", 1, 2.5)
	a[19] = 8
}

type lockbox struct {
	mu sync.Mutex
	n  int
}

func (l *lockbox) inc() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	return l.n
}

const debug = false

// neverDefers has its defer, and the only closure that changes n, where control never comes.
func neverDefers(n int) (r int) {
	if debug {
		defer func() { r, n = recover().(int), r }()
	}
	if !debug {
		r = n
	} else {
		for i := range 3 {
			defer func() { n += i }()
		}
		goto done
	done:
		n++
	}
	read := func() int { return n }
	return r + read()
}

func throughNeverDefers() (err any) {
	defer func() { err = recover() }()
	func() {
		if debug {
			defer func() { recover() }()
		}
		panic("not recovered by the defer that is never executed")
	}()
	return "not reached"
}

func main() {
	fmt.Println(neverDefers(3), throughNeverDefers())
	order()
	fmt.Println(results())
	fmt.Println(unnamed())
	methods()
	fmt.Println(conditional(4), conditional(7), conditional(-1), conditional(0))
	fmt.Println(many())
	nested()
	builtins()
	nilDefer()
	largeArgs()
	var l lockbox
	l.inc()
	fmt.Println(l.inc())
	defer fmt.Println("not printed: os.Exit runs no deferred calls")
	os.Exit(0)
}
