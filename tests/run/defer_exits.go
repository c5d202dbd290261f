// Deferred calls on each way out of a function: every set of executed statements, a panic at every place, deferred calls
// that panic or end the goroutine, on ordinary exits and during panics, and what they see of their callers.
package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
)

var log strings.Builder

func note(s string, n int) { fmt.Fprintf(&log, "%s%d ", s, n) }

func flush(title string) {
	fmt.Printf("%s: %s\n", title, strings.TrimSpace(log.String()))
	log.Reset()
}

type noter struct{ name string }

func (n noter) value(i int)    { note(n.name, i) }
func (n *noter) pointer(i int) { note("*"+n.name, i) }

type valuer interface{ value(int) }

func at(place, panicAt int) {
	if place == panicAt {
		panic(place)
	}
}

// Every kind of call, each under its own condition.
func subset(mask, panicAt int) (result int) {
	n := &noter{"n"}
	var i valuer = noter{"i"}
	at(0, panicAt)
	if mask&1 != 0 {
		defer note("f", 1)
	}
	at(1, panicAt)
	if mask&2 != 0 {
		defer func() { result += 10; note("c", result) }()
	}
	at(2, panicAt)
	if mask&4 != 0 {
		defer n.pointer(3)
	} else if mask&8 != 0 {
		defer n.value(4)
	}
	n.name = "changed"
	at(3, panicAt)
	switch {
	case mask&16 != 0:
		defer i.value(5)
	case mask&32 != 0:
		defer func(k int) {
			note("r", k)
			if r := recover(); r != nil {
				note("recovered", r.(int))
				result = 100
			}
		}(mask)
	}
	i = nil
	at(4, panicAt)
	result++
	return result * 2
}

func subsets() {
	for mask := range 64 {
		for panicAt := range 6 {
			func() {
				defer func() {
					if r := recover(); r != nil {
						note("outer", r.(int))
					}
				}()
				note("=", subset(mask, panicAt))
			}()
		}
		flush(fmt.Sprint("subset ", mask))
	}
}

// A deferred call that panics: the ones before it still run, here or further out.
func panicking(which int, exit string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered %v", r)
		}
	}()
	for _, s := range []string{"a"} {
		_ = s
	}
	func() {
		defer note("first", 1)
		defer func() {
			if which == 2 {
				panic("second")
			}
			note("second", recoverInt())
		}()
		defer func() {
			if which == 3 {
				panic("third")
			}
			note("third", 3)
		}()
		if exit == "panic" {
			panic("body")
		}
	}()
	return errors.New("returned")
}

// Not called by the panic, but by a deferred call: no effect.
func recoverInt() int {
	if recover() != nil {
		return -1
	}
	return 2
}

func last() (s string) {
	defer func() { s += fmt.Sprint(" then ", recover()) }()
	func() {
		// The only one, which panics when the function returns.
		defer func() { panic("from the only one") }()
		s = "returned"
	}()
	return "not reached"
}

func again() (s string) {
	// Recovers in the handler's exit, where another deferred call panics again.
	defer func() { s += fmt.Sprint(" outer:", recover()) }()
	defer func() {
		defer func() { s += fmt.Sprint(" inner:", recover()) }()
		defer func() { panic(fmt.Sprint("again after ", recover())) }()
		panic("in deferred call")
	}()
	defer func() { s += fmt.Sprint(" first:", recover()) }()
	panic("start")
}

func nilFunc(early bool) (s string) {
	defer func() {
		if err, ok := recover().(error); ok {
			s += err.Error()
		}
	}()
	var f func()
	var g func(int)
	if early {
		defer g(1)
	} else {
		defer f()
	}
	s = "body; "
	return s
}

func nilInterface() (s string) {
	defer func() {
		if err, ok := recover().(error); ok {
			s += err.Error()
		}
	}()
	var v valuer
	s = "before; "
	defer v.value(1)
	s += "not reached; "
	return s
}

func goexits(kind int) string {
	var s string
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		defer func() { s += fmt.Sprint(" recover:", recover()) }()
		func() {
			defer func() { s += " a" }()
			defer func() {
				s += " b"
				if kind == 1 {
					runtime.Goexit()
				}
			}()
			defer func() {
				s += fmt.Sprint(" c:", recover())
				if kind == 2 {
					panic("in Goexit")
				}
			}()
			if kind > 0 {
				defer runtime.Goexit()
			}
			if kind == 3 {
				panic("gone")
			}
			s += " body"
		}()
		s += " after"
	}()
	wg.Wait()
	return s
}

func many(n int) {
	// More statements than are kept apart, and some of which run more than once.
	defer note("a", 1)
	defer note("a", 2)
	defer note("a", 3)
	defer note("a", 4)
	defer note("a", 5)
	defer note("a", 6)
	defer note("a", 7)
	defer note("a", 8)
	if n > 0 {
		defer note("a", 9)
	}
	for i := range n {
		defer note("loop", i)
	}
	defer note("a", 10)
	if n == 2 {
		panic("many")
	}
}

func eight(n int) {
	if n&1 != 0 {
		defer note("e", 1)
	}
	if n&2 != 0 {
		defer note("e", 2)
	}
	defer note("e", 3)
	defer note("e", 4)
	if n&4 != 0 {
		defer note("e", 5)
	}
	defer note("e", 6)
	defer note("e", 7)
	if n&8 != 0 {
		defer note("e", 8)
	}
	if n == 15 {
		panic("eight")
	}
}

func backwards(n int) {
	i := 0
again:
	defer note("goto", i)
	if i++; i < n {
		goto again
	}
}

func bodies(yes func(yield func(int) bool)) {
	defer note("before", 0)
	for x := range yes {
		defer note("body", x)
		func() {
			defer note("literal", x)
		}()
	}
	defer note("behind", 0)
}

func early(n int) (r int) {
	if n == 0 {
		return -1
	}
	defer func() { r *= 2 }()
	if n == 1 {
		return 1
	}
	defer func() { r += 5 }()
	for range n {
		if n == 2 {
			return 2
		}
	}
	return n
}

// Large arguments and results, and operands that change behind the statement.
type large struct{ a [5]int }

func show(l large, s []int, n string) { note(fmt.Sprint(l.a, s, n), 0) }

func operands() (l large) {
	s, n := []int{1}, "x"
	defer show(l, s, n)
	defer func(l *large) { l.a[4] = 9 }(&l)
	l.a[0], n = 7, "y"
	s[0] = 2
	s = nil
	return l
}

func callers(skip int) string {
	var pcs [20]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(skip, pcs[:])])
	var out []string
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "runtime.") {
			f.Line = 0
		}
		out = append(out, fmt.Sprintf("%s:%d", strings.TrimPrefix(f.Function, "main."), f.Line))
		if !more || f.Function == "main.main" {
			return strings.Join(out, " ")
		}
	}
}

func trace(string) { fmt.Println(callers(3)) }

type tracer struct{ n int }

func (t tracer) trace()   { fmt.Println(callers(2)) }
func (t *tracer) direct() { fmt.Println(callers(2)) }

func traced(t *tracer, i interface{ trace() }, fail bool) {
	defer func() { recover() }()
	defer trace("")
	defer func() { fmt.Println(callers(2)) }()
	defer t.direct()
	defer t.trace()
	defer i.trace()
	if fail {
		panic("traced")
	}
	_ = i
}

func recursive(n int) (depth int) {
	defer func() {
		if n > 0 {
			depth = recursive(n-1) + 1
		}
		if r := recover(); r != nil && r != n {
			panic(fmt.Sprint("wrong value ", r))
		}
	}()
	panic(n)
}

func deep(n int) int {
	if n == 0 {
		panic("bottom")
	}
	if n%100 == 0 {
		defer func() { total++ }()
	}
	return deep(n-1) + 1
}

var total int

func main() {
	subsets()
	for _, exit := range []string{"return", "panic"} {
		for which := range 4 {
			err := panicking(which, exit)
			flush(fmt.Sprint(exit, " ", which, " ", err))
		}
	}
	fmt.Println(last())
	fmt.Println(again())
	fmt.Println(nilFunc(true), "|", nilFunc(false), "|", nilInterface())
	for kind := range 4 {
		fmt.Println("Goexit", kind, goexits(kind))
	}
	for n := range 3 {
		func() {
			defer func() { recover() }()
			many(n)
		}()
		flush(fmt.Sprint("many ", n))
	}
	for n := range 16 {
		func() {
			defer func() { recover() }()
			eight(n)
		}()
		flush(fmt.Sprint("eight ", n))
	}
	backwards(3)
	flush("goto")
	bodies(func(yield func(int) bool) { _ = yield(1) && yield(2) })
	flush("bodies")
	fmt.Println(early(0), early(1), early(2), early(3))
	fmt.Println(operands())
	flush("operands")
	traced(&tracer{}, tracer{}, false)
	traced(&tracer{}, &tracer{}, true)
	fmt.Println(recursive(5))
	func() {
		defer func() { fmt.Println(recover(), total) }()
		deep(20000)
	}()
}
