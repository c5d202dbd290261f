// A traced program for ci/trace: goroutines, channels, locks, timers, threads that end, system calls, connections, coroutines, collections, tasks, and a
// number of processors that changes. usage: traced FILE
package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"syscall"
	"time"
)

var wg sync.WaitGroup

func connections(l net.Listener) {
	ctx, task := trace.NewTask(context.Background(), "connection")
	defer task.End()
	trace.WithRegion(ctx, "exchange", func() {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			panic(err)
		}
		defer c.Close()
		b := make([]byte, 100)
		for range 20 {
			c.Write(b)
			io.ReadFull(c, b)
		}
	})
	trace.Log(ctx, "done", fmt.Sprint(l.Addr()))
}

func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			io.Copy(c, c)
			c.Close()
		}()
	}
}

func allocate() {
	var kept [][]byte
	for range 20000 {
		kept = append(kept, make([]byte, 1000))
		if len(kept) > 3000 {
			kept = nil
		}
	}
}

// calls is in a system call, on and off, from before the trace begins until after.
func calls(r, w int) {
	for range 200 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			time.Sleep(100 * time.Microsecond)
			syscall.Write(w, []byte{1})
		}()
		syscall.Read(r, make([]byte, 1))
	}
}

func pull() {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for i := range 100 {
			if !yield(i) {
				return
			}
		}
	})
	for range 50 {
		next()
	}
	stop()
}

func main() {
	var p [2]int
	if err := syscall.Pipe(p[:]); err != nil {
		panic(err)
	}
	wg.Go(func() { calls(p[0], p[1]) })
	time.Sleep(time.Millisecond)
	f, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	trace.Start(f)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go serve(l)
	for range 20 {
		wg.Go(func() { connections(l) })
	}
	var mu sync.Mutex
	for range 4 {
		wg.Go(allocate)
		wg.Go(pull)
		wg.Go(func() {
			t := time.NewTicker(time.Millisecond)
			for range 50 {
				<-t.C
			}
			// The thread ends with the goroutine.
			runtime.LockOSThread()
		})
		wg.Go(func() {
			for range 2000 {
				mu.Lock()
				runtime.Gosched()
				mu.Unlock()
			}
		})
	}
	for _, n := range []int{4, 1, 8, 2} {
		runtime.GOMAXPROCS(n)
		time.Sleep(20 * time.Millisecond)
	}
	wg.Wait()
	l.Close()
	runtime.GC()
	trace.Stop()
	if err := f.Close(); err != nil {
		panic(err)
	}
}
