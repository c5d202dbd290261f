// What is passed as uintptr(unsafe.Pointer(p)) to a function that says `//go:uintptrescapes` or `//go:uintptrkeepalive` lives until that
// function returns, also when nothing else refers to it, and not longer. What is stored in field Data of a reflect.SliceHeader
// or StringHeader that lies over a slice or string is a pointer.
package main

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

var finalized atomic.Int32

type object [64]byte

//go:noinline
func tracked() unsafe.Pointer {
	o := new(object)
	runtime.SetFinalizer(o, func(*object) { finalized.Add(1) })
	return unsafe.Pointer(o)
}

// collected says how many have been finalized since the last call, waiting for so many.
//
//go:noinline
func collected(want int) int {
	for i := 0; i < 3 || int(finalized.Load()) < want && i < 100; i++ {
		runtime.GC()
		time.Sleep(2 * time.Millisecond)
	}
	return int(finalized.Swap(0))
}

//go:noinline
//go:uintptrescapes
func one(p uintptr) { fmt.Println("during the call:", collected(0)) }

//go:noinline
//go:uintptrescapes
func many(_ int, ps ...uintptr) { fmt.Println("during the call:", collected(0)) }

// Small enough to be inlined.
//
//go:uintptrescapes
func inlined(p uintptr, then func()) { then() }

//go:noinline
//go:uintptrescapes
func then(_ uintptr, done chan bool) {
	fmt.Println("during the call:", collected(0))
	close(done)
}

type method struct{ a, b int }

//go:noinline
//go:uintptrescapes
func (method) one(_ int, p uintptr) { fmt.Println("during the call:", collected(0)) }

//go:noinline
//go:uintptrescapes
func (*method) many(p uintptr, ps ...uintptr) { fmt.Println("during the call:", collected(0)) }

func call(name string, objects int, f func()) {
	fmt.Println(name)
	f()
	fmt.Println("after it:", collected(objects))
}

func main() {
	call("function", 1, func() { one(uintptr(tracked())) })
	call("variadic function", 3, func() { many(1, uintptr(tracked()), uintptr(tracked()), (uintptr(tracked()))) })
	call("method", 1, func() { method{}.one(1, uintptr(tracked())) })
	call("variadic method", 2, func() { new(method).many(uintptr(tracked()), uintptr(tracked())) })
	call("inlined", 1, func() {
		inlined(uintptr(tracked()), func() { fmt.Println("during the call:", collected(0)) })
	})
	call("deferred", 2, func() {
		defer one(uintptr(tracked()))
		defer one(uintptr(tracked()))
		fmt.Println("before:", collected(0))
	})
	call("go", 1, func() {
		done := make(chan bool)
		go then(uintptr(tracked()), done)
		<-done
	})
	reads()
	headers()
}

// A system call fills a buffer that only it knows, while the collector runs and everything free is used again.
func reads() {
	var p [2]int
	if err := syscall.Pipe(p[:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	want := bytes.Repeat([]byte{'x'}, 512)
	for range 5 {
		done := make(chan bool)
		go func() {
			for range 3 {
				time.Sleep(time.Millisecond)
				runtime.GC()
			}
			var used [][]byte
			for range 2000 {
				used = append(used, make([]byte, 512))
			}
			syscall.Write(p[1], want)
			time.Sleep(time.Millisecond)
			for _, b := range used {
				for _, c := range b {
					if c != 0 {
						fmt.Println("the buffer was used again")
						os.Exit(1)
					}
				}
			}
			close(done)
		}()
		n, _, errno := syscall.Syscall(syscall.SYS_READ, uintptr(p[0]), uintptr(buffer()), 512)
		if n != 512 || errno != 0 {
			fmt.Println(n, errno)
		}
		<-done
	}
	fmt.Println("read")
}

//go:noinline
func buffer() unsafe.Pointer { return unsafe.Pointer(new([512]byte)) }

type holder struct {
	b []byte
	s string
}

//go:noinline
func set(h *holder, p *[64]byte) {
	bytes := (*reflect.SliceHeader)(unsafe.Pointer(&h.b))
	bytes.Data = uintptr(unsafe.Pointer(p))
	bytes.Len, bytes.Cap = len(p), len(p)
	text := (*reflect.StringHeader)(unsafe.Pointer(&h.s))
	text.Data, text.Len = bytes.Data, len(p)
}

func headers() {
	h := new(holder)
	for i := range 5000 {
		p := new([64]byte)
		p[3] = byte(i)
		set(h, p)
		if i%500 == 0 {
			go runtime.GC()
		}
		if h.b[3] != byte(i) || h.s[3] != byte(i) {
			fmt.Println("header lost its array")
			return
		}
	}
	bytes := (*reflect.SliceHeader)(unsafe.Pointer(&h.b))
	bytes.Data += 3
	bytes.Len = 2
	fmt.Println(h.b, len(h.s))
}
