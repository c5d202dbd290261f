// runtime.KeepAlive: of a pointer, and of what slices, strings' bytes, structs, interfaces and closures refer to, also when
// these are values of the frame. Nothing is finalized before; all of it is after.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"
)

type object struct {
	name string
	pad  [4]int
}

type pair struct {
	first, second *object
	rest          [3]*object
}

type large struct {
	words [40]int
	last  *object
}

var finalized = make(chan string, 100)

//go:noinline
func tracked(name string) *object {
	o := &object{name: name}
	runtime.SetFinalizer(o, func(o *object) { finalized <- o.name })
	return o
}

// collected says what is finalized in three collections.
//
//go:noinline
func collected() (names int) {
	for range 3 {
		runtime.GC()
		timeout := time.After(10 * time.Millisecond)
		for waiting := true; waiting; {
			select {
			case <-finalized:
				names++
			case <-timeout:
				waiting = false
			}
		}
	}
	return names
}

// all waits until so many more have been finalized.
//
//go:noinline
func all(n int) int {
	names := 0
	for range 100 {
		if names < n {
			names += collected()
		}
	}
	return names
}

//go:noinline
func pointers() {
	a, b, c := tracked("a"), tracked("b"), tracked("c")
	fmt.Println("pointers", collected())
	runtime.KeepAlive(a)
	runtime.KeepAlive(b)
	runtime.KeepAlive(c)
}

//go:noinline
func slices() {
	s := []*object{tracked("s0"), tracked("s1")}
	var grown []*object
	for range 5 {
		grown = append(grown, tracked("grown"))
	}
	fmt.Println("slices", collected())
	runtime.KeepAlive(s)
	runtime.KeepAlive(grown)
}

//go:noinline
func structs(n int) {
	p := pair{first: tracked("first"), second: tracked("second")}
	p.rest[n] = tracked("rest")
	q := &pair{second: tracked("q")}
	l := large{last: tracked("last")}
	l.words[n] = n
	fmt.Println("structs", collected())
	runtime.KeepAlive(p)
	runtime.KeepAlive(q)
	runtime.KeepAlive(l)
}

//go:noinline
func dynamic(n int) {
	var i any = tracked("interface")
	var boxed any = pair{first: tracked("boxed")}
	o := tracked("closure")
	f := func() int { return n + len(o.name) }
	m := map[int]*object{n: tracked("map")}
	fmt.Println("dynamic", collected())
	runtime.KeepAlive(i)
	runtime.KeepAlive(boxed)
	runtime.KeepAlive(f)
	runtime.KeepAlive(m)
}

//go:noinline
func branches(n int) {
	o := tracked("one")
	p := &pair{first: o}
	if n > 1 {
		p.first = tracked("other")
	}
	for i := range n {
		p.rest[i] = tracked("loop")
	}
	fmt.Println("branches", collected())
	if n == 7 {
		runtime.KeepAlive(o)
	}
	runtime.KeepAlive(p)
}

// A number whose object is kept by the pointer it came from.
//
//go:noinline
func address() {
	o := tracked("address")
	at := uintptr(unsafe.Pointer(&o.name))
	fmt.Println("address", collected())
	fmt.Println(*(*string)(unsafe.Pointer(at)))
	runtime.KeepAlive(o)
}

// An open file is closed when nobody holds it.
func files() {
	var open []*os.File
	for range 5 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			fmt.Println(err)
			return
		}
		open = append(open, f)
	}
	fds := make([]uintptr, 0, 5)
	for _, f := range open {
		fds = append(fds, f.Fd())
	}
	collected()
	for _, fd := range fds {
		if _, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); err != nil {
			fmt.Println("closed")
		}
	}
	runtime.KeepAlive(open)
}

func main() {
	pointers()
	fmt.Println("then", all(3))
	slices()
	fmt.Println("then", all(7))
	structs(1)
	fmt.Println("then", all(5))
	dynamic(1)
	fmt.Println("then", all(4))
	branches(2)
	fmt.Println("then", all(4))
	address()
	fmt.Println("then", all(1))
	files()
}
