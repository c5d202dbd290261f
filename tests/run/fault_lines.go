// The line of a fault, also in what the runtime does for a statement: copying, clearing, comparing, hashing, atomic operations.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"unsafe"
)

type big struct{ a [1000]int }

// pan prints the line of the function literal in main that panics.
func pan(f func()) {
	defer func() {
		r := recover()
		pcs := make([]uintptr, 20)
		fr := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
		for {
			f, more := fr.Next()
			if strings.HasPrefix(f.Function, "main.main.func") {
				fmt.Println(r, f.Line)
				break
			}
			if !more {
				break
			}
		}
	}()
	f()
}

var bp, bq *big
var gi *int64

//go:noinline
func use(...any) {}

func main() {
	pan(func() {
		*bp = *bq
		use()
	})
	pan(func() {
		var x big
		use(x.a[1])
		*bp = x
		use()
	})
	pan(func() {
		atomic.AddInt64(gi, 1)
		use()
	})
	pan(func() {
		atomic.CompareAndSwapInt64(gi, 1, 2)
		use()
	})
	pan(func() {
		var p *atomic.Value
		p.Load()
		use()
	})
	pan(func() {
		s := unsafe.Slice((*int)(unsafe.Pointer(uintptr(8))), 100)
		copy(s, make([]int, 100))
		use()
	})
	pan(func() {
		s := unsafe.Slice((*byte)(unsafe.Pointer(uintptr(8))), 100)
		clear(s)
		use()
	})
	pan(func() {
		s := unsafe.String((*byte)(unsafe.Pointer(uintptr(8))), 100)
		use(s == strings.Repeat("x", 100))
		use()
	})
	pan(func() {
		s := unsafe.String((*byte)(unsafe.Pointer(uintptr(8))), 100)
		use(strings.IndexByte(s, 'x'))
		use()
	})
	pan(func() {
		s := unsafe.String((*byte)(unsafe.Pointer(uintptr(8))), 100)
		m := map[string]int{"a": 1}
		_ = m[s]
		use()
	})
	pan(func() {
		var f func()
		f()
		use()
	})
	pan(func() {
		var f *func(int)
		(*f)(1)
		use()
	})
	pan(func() {
		var a [3]big
		i := 5
		a[1] = *bp
		use(a[i%3])
	})
	pan(func() {
		var ifc any = bp
		b := *ifc.(*big)
		use(b.a[0])
		use()
	})
}
