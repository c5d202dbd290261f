// What may have finalizers, cleanups and weak pointers, and what is refused; cleanups do not wait for a finalizer that blocks.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
	"unsafe"
	"weak"
)

type node struct {
	next *node
	pad  [10]int
}

var (
	global     node
	number     int
	noPtr      [3]int
	fatalCases = map[string]func(){
		"nil pointer":   func() { var p *int; runtime.SetFinalizer(p, func(*int) {}) },
		"inner pointer": func() { n := new(node); runtime.SetFinalizer(&n.pad, func(*[10]int) {}) },
		"set twice": func() {
			n := new(node)
			runtime.SetFinalizer(n, func(*node) {})
			runtime.SetFinalizer(n, func(*node) {})
		},
		"no function":     func() { runtime.SetFinalizer(new(node), 1) },
		"other parameter": func() { runtime.SetFinalizer(new(node), func(int) {}) },
		"no pointer":      func() { runtime.SetFinalizer(1, nil) },
	}
)

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Printf("%s: %v\n", name, r)
		} else {
			fmt.Printf("%s: accepted\n", name)
		}
	}()
	f()
}

func cleanups() {
	nop := func(*node) {}
	try("argument is the object", func() { n := new(node); runtime.AddCleanup(n, nop, n) })
	try("argument points into the object", func() { n := new(node); runtime.AddCleanup(n, func(*int) {}, &n.pad[3]) })
	try("object by a pointer into it", func() { n := new(node); runtime.AddCleanup(&n.pad[3], nop, n) })
	try("captured", func() { n := new(node); runtime.AddCleanup(n, func(int) { fmt.Println(n.next) }, 1) })
	try("captured pointer into it", func() {
		n := new(node)
		p, a, b := &n.pad[5], 1, 2
		runtime.AddCleanup(n, func(int) { fmt.Println(a, b, *p) }, 1)
	})
	try("captured as a number", func() {
		n := new(node)
		a := uintptr(unsafe.Pointer(n))
		runtime.AddCleanup(n, func(i int) { number = i + int(a) }, 1)
	})
	try("nil", func() { var n *node; runtime.AddCleanup(n, func(int) {}, 1) })
	try("variable", func() { runtime.AddCleanup(&global, func(int) {}, 1).Stop() })
	try("variable without pointers", func() { runtime.AddCleanup(&noPtr[1], func(int) {}, 1).Stop() })
	try("no memory of Go", func() { runtime.AddCleanup((*node)(unsafe.Pointer(uintptr(1<<20))), func(int) {}, 1) })
}

func weakPointers() {
	w := weak.Make(&global)
	w2 := weak.Make(&noPtr[2])
	runtime.GC()
	noPtr[2] = 5
	fmt.Println(w.Value() == &global, w == weak.Make(&global), *w2.Value(), w2 == weak.Make(&noPtr[2]))
}

// inner: tiny objects share blocks, so a finalizer may be set at any place in an object whose kind could be tiny.
func inner() {
	done := make(chan *int32)
	func() {
		x := new([20]int32)
		x[7] = 42
		runtime.SetFinalizer(&x[7], func(p *int32) { done <- p })
	}()
	for {
		runtime.GC()
		select {
		case p := <-done:
			fmt.Println("inner:", *p)
			return
		case <-time.After(time.Millisecond):
		}
	}
}

func blocked() {
	began, ran := make(chan bool), make(chan int, 1)
	func() { runtime.SetFinalizer(new(node), func(*node) { began <- true; select {} }) }()
	runtime.GC()
	<-began
	func() { runtime.AddCleanup(new(node), func(i int) { ran <- i }, 7) }()
	for {
		runtime.GC()
		select {
		case i := <-ran:
			fmt.Println("a finalizer blocks, a cleanup runs:", i)
			return
		case <-time.After(time.Millisecond):
		}
	}
}

func main() {
	if len(os.Args) > 1 {
		fatalCases[os.Args[1]]()
		fmt.Println("survived")
		return
	}
	cleanups()
	runtime.SetFinalizer(&global, func(int) {})
	weakPointers()
	inner()
	blocked()
	for _, name := range []string{"nil pointer", "inner pointer", "set twice", "no function", "other parameter", "no pointer"} {
		out, err := exec.Command(os.Args[0], name).CombinedOutput()
		line, _, _ := strings.Cut(string(out), "\n")
		fmt.Printf("%s: %s (%v)\n", name, line, err)
	}
}
