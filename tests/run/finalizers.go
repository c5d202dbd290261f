// Finalizers, cleanups, weak pointers, unique handles.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
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

type small struct {
	self *small
	n    int
}
type big struct {
	pad  [100]int
	self *big
}
type inner struct {
	x  int
	p  *int
	in *inner
}
type nested struct{ a, b inner }
type huge struct {
	self *huge
	pad  [50000]int
	last *int
}
type ring struct {
	other *ring
	n     int
}

// loops makes objects that refer to themselves, which does not keep them, and to each other, which does; they count in n.
//
//go:noinline
func loops(n *[5]atomic.Int32) {
	for range 20 {
		s := new(small)
		s.self = s
		runtime.SetFinalizer(s, func(*small) { n[0].Add(1) })
		b := new(big)
		b.self = b
		runtime.SetFinalizer(b, func(*big) { n[1].Add(1) })
		o := new(nested)
		o.a.in, o.b.p = &o.b, &o.a.x
		runtime.SetFinalizer(o, func(*nested) { n[2].Add(1) })
		h := new(huge)
		h.self, h.last = h, &h.pad[49999]
		runtime.SetFinalizer(h, func(*huge) { n[3].Add(1) })
		r := new(ring)
		r.other = &ring{other: r}
		runtime.SetFinalizer(r, func(*ring) { n[4].Add(1) })
	}
}

func main() {
	ch := make(chan int, 10)
	makeFinal(ch)
	// A conservative collector may keep an object or two alive.
	fmt.Println("finalized most:", collectUntil(func() bool { return len(ch) >= 8 }))
	var n [5]atomic.Int32
	loops(&n)
	for i := range n[:4] {
		fmt.Println("refers to itself:", collectUntil(func() bool { return n[i].Load() >= 16 }))
	}
	fmt.Println("ring:", n[4].Load())
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
