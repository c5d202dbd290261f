// Finalizers, cleanups, weak pointers, unique handles.
package main

import (
	"fmt"
	"runtime"
	"time"
	"unique"
	"weak"
)

type res struct {
	id  int
	pad [100]byte
}

//go:noinline
func makeFinal(ch chan int) {
	for i := range 10 {
		r := &res{id: i}
		runtime.SetFinalizer(r, func(r *res) { ch <- r.id })
	}
}

//go:noinline
func makeCleanup(ch chan string) {
	r := &res{id: 7}
	runtime.AddCleanup(r, func(s string) { ch <- s }, "cleaned")
	c := runtime.AddCleanup(r, func(s string) { ch <- s }, "stopped")
	c.Stop()
}

//go:noinline
func makeWeak() (weak.Pointer[res], weak.Pointer[res]) {
	r := &res{id: 9}
	w, w2 := weak.Make(r), weak.Make(r)
	fmt.Println(w == w2, w.Value().id)
	return w, w2
}

// Overwrites what earlier calls left on the stack.
//
//go:noinline
func scrub(n int) int {
	var a [200]int
	for i := range a {
		a[i] = n
	}
	if n > 0 {
		return scrub(n-1) + a[n]
	}
	return a[0]
}

func collectUntil(cond func() bool) bool {
	for range 100 {
		scrub(20)
		runtime.GC()
		if cond() {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

var keep *res

func main() {
	ch := make(chan int, 10)
	makeFinal(ch)
	// A conservative collector may keep an object or two alive.
	fmt.Println("finalized most:", collectUntil(func() bool { return len(ch) >= 8 }))
	cl := make(chan string, 2)
	makeCleanup(cl)
	fmt.Println("cleanup:", collectUntil(func() bool { return len(cl) == 1 }), <-cl)
	w, w2 := makeWeak()
	fmt.Println("weak cleared:", collectUntil(func() bool { return w.Value() == nil }), w == w2)
	keep = &res{id: 5}
	wk := weak.Make(keep)
	runtime.GC()
	fmt.Println(wk.Value() == keep, wk.Value().id)
	var zero weak.Pointer[res]
	fmt.Println(zero.Value() == nil, weak.Make[res](nil) == zero)
	a, b := unique.Make("hello"), unique.Make(string([]byte("hello")))
	c := unique.Make("other")
	type key struct {
		a int
		s string
	}
	k1, k2 := unique.Make(key{1, "x"}), unique.Make(key{1, "x"})
	runtime.GC()
	fmt.Println(a == b, a == c, a.Value(), k1 == k2, k1.Value())
	resurrected := make(chan bool, 1)
	func() {
		r := &res{id: 3}
		runtime.SetFinalizer(r, func(r *res) { keep = r; resurrected <- true })
	}()
	fmt.Println("resurrected:", collectUntil(func() bool { return len(resurrected) == 1 }), keep.id)
	r := &res{}
	runtime.SetFinalizer(r, func(*res) {})
	runtime.SetFinalizer(r, nil)
	runtime.KeepAlive(r)
	fmt.Println("done")
}
