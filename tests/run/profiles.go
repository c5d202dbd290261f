// Profiles of runtime/pprof: CPU, heap, allocs, mutex, block, goroutine, threadcreate name the functions of the program.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"
	"unsafe"
)

//go:noinline
func spin(d time.Duration) (n int) {
	for t := time.Now(); time.Since(t) < d; {
		for i := 0; i < 100000; i++ {
			n += i * n
		}
	}
	return
}

var keep [][]byte

//go:noinline
func allocKept(n int) {
	for range n {
		keep = append(keep, make([]byte, 64<<10))
	}
}

var sink []byte

//go:noinline
func allocDropped(n int) {
	for range n {
		sink = make([]byte, 64<<10)
	}
	sink = nil
}

//go:noinline
func holdLock(mu *sync.Mutex) {
	mu.Lock()
	time.Sleep(2 * time.Millisecond)
	mu.Unlock()
}

//go:noinline
func receive(c chan int) int { return <-c }

func contains(profile []byte, words ...string) bool {
	z, err := gzip.NewReader(bytes.NewReader(profile))
	if err != nil {
		return false
	}
	text, err := io.ReadAll(z)
	for _, w := range words {
		if !bytes.Contains(text, []byte(w)) {
			return false
		}
	}
	return err == nil
}

func lookup(name string, words ...string) {
	var b bytes.Buffer
	if err := pprof.Lookup(name).WriteTo(&b, 0); err != nil {
		fmt.Println(name, err)
	}
	fmt.Println(name, contains(b.Bytes(), words...))
}

func main() {
	fmt.Println(runtime.SetMutexProfileFraction(1), runtime.SetMutexProfileFraction(-1))
	runtime.SetBlockProfileRate(1)

	var cpu bytes.Buffer
	if err := pprof.StartCPUProfile(&cpu); err != nil {
		fmt.Println(err)
	}
	fmt.Println(pprof.StartCPUProfile(io.Discard))
	// Long enough on a busy machine too.
	for start := time.Now(); ; {
		pprof.Do(context.Background(), pprof.Labels("color", "blue"), func(context.Context) { spin(300 * time.Millisecond) })
		if time.Since(start) > 600*time.Millisecond {
			break
		}
	}
	pprof.StopCPUProfile()
	fmt.Println("cpu", contains(cpu.Bytes(), "main.spin", "main.main", "color", "blue", "profiles.go", "nanoseconds"))

	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 4 {
		wg.Go(func() {
			for range 5 {
				holdLock(&mu)
			}
		})
	}
	wg.Wait()
	c := make(chan int)
	go func() {
		time.Sleep(time.Millisecond)
		c <- 1
	}()
	receive(c)
	lookup("mutex", "main.holdLock", "contentions")
	lookup("block", "main.receive", "main.holdLock", "delay")

	allocKept(200)
	allocDropped(200)
	runtime.GC()
	lookup("heap", "main.allocKept", "inuse_space")
	lookup("allocs", "main.allocKept", "main.allocDropped")
	var records []runtime.MemProfileRecord
	for n := 100; ; n *= 2 {
		records = make([]runtime.MemProfileRecord, n)
		if got, ok := runtime.MemProfile(records, true); ok {
			records = records[:got]
			break
		}
	}
	var kept, dropped int64
	for _, r := range records {
		frames := runtime.CallersFrames(r.Stack())
		for more := true; more; {
			var f runtime.Frame
			f, more = frames.Next()
			switch f.Function {
			case "main.allocKept":
				kept += r.InUseBytes()
			case "main.allocDropped":
				dropped += r.InUseBytes()
			}
		}
	}
	// A goroutine that a signal stopped may still hold the last one, as far as a collection can see.
	fmt.Println("in use", kept > 0, dropped <= 64<<10)

	go receive(c)
	time.Sleep(time.Millisecond)
	lookup("goroutine", "main.receive", "main.main")
	var text bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&text, 2)
	fmt.Println("text", strings.Contains(text.String(), "goroutine 1 [running]:"), strings.Contains(text.String(), "[chan receive]:"))
	lookup("threadcreate", "threadcreate")
	keep = nil
	runtime.MemProfileRate = 1
	fmt.Println("tiny", sharing())
}

var tiny *byte

// Bytes share blocks while every allocation is looked at, too.
func sharing() bool {
	shared := 0
	// The rate holds from the next span of blocks on.
	for i := range 10000 {
		tiny = new(byte)
		if i >= 9000 && uintptr(unsafe.Pointer(tiny))%16 != 0 {
			shared++
		}
	}
	return shared > 500
}
