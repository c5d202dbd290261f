// A Pinner that is lost while it has objects pinned ends the program; what is not on the heap, and what has been unpinned, does not count.
package main

import (
	"fmt"
	"runtime"
	"time"
)

type object struct{ a, b, c int }

var global object

//go:noinline
func pinGlobal() {
	var p runtime.Pinner
	p.Pin(&global)
	p.Pin((*object)(nil))
}

//go:noinline
func pinAndUnpin() {
	var p runtime.Pinner
	for range 100 {
		p.Pin(new(object))
	}
	shared := p
	shared.Unpin()
	shared.Unpin()
}

//go:noinline
func pinAndForget() {
	var p runtime.Pinner
	p.Pin(new(object))
}

func collect() {
	for range 3 {
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
	}
}

func main() {
	defer fmt.Println("not printed")
	pinGlobal()
	pinAndUnpin()
	collect()
	fmt.Println("nothing lost")
	pinAndForget()
	collect()
	time.Sleep(time.Second)
}
