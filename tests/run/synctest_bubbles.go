// Bubbles of testing/synctest: their clock, durable blocking, timers, tickers, deadlocks; the goroutine-leak profile.
package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"runtime/pprof"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func clock(t *testing.T) {
	start := time.Now()
	fmt.Println(start.UTC())
	time.Sleep(24 * time.Hour)
	fmt.Println(time.Since(start))
	ticker := time.NewTicker(time.Minute)
	for range 3 {
		fmt.Println((<-ticker.C).Sub(start))
	}
	ticker.Stop()
	select {
	case <-time.After(5 * time.Second):
	case <-make(chan int):
	}
	fmt.Println(time.Since(start))
}

func wait(t *testing.T) {
	var n int
	var mu sync.Mutex
	var cond = sync.NewCond(&mu)
	for i := range 4 {
		go func() {
			time.Sleep(time.Duration(i) * time.Second)
			mu.Lock()
			n++
			cond.Broadcast()
			mu.Unlock()
		}()
	}
	synctest.Wait()
	fmt.Println("at once", n)
	time.Sleep(2*time.Second + time.Millisecond)
	fmt.Println("later", n)
	mu.Lock()
	for n < 4 {
		cond.Wait()
	}
	mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { time.Sleep(time.Hour) })
	wg.Wait()
	fmt.Println("all", n)
}

func deadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	fired := false
	context.AfterFunc(ctx, func() { fired = true })
	time.Sleep(5*time.Second - 1)
	synctest.Wait()
	fmt.Println(ctx.Err(), fired)
	time.Sleep(1)
	synctest.Wait()
	fmt.Println(ctx.Err(), fired)
}

func recvForever(c chan int) { <-c }
func sendForever(c chan int) { c <- 1 }
func selectForever(a, b chan int) {
	select {
	case <-a:
	case b <- 1:
	}
}
func recvNil()                       { var c chan int; <-c }
func waitForever(wg *sync.WaitGroup) { wg.Wait() }
func waitForMain(c chan int)         { <-c }

//go:noinline
func leak() {
	go recvForever(make(chan int))
	go sendForever(make(chan int))
	go selectForever(make(chan int), make(chan int))
	wg := new(sync.WaitGroup)
	wg.Add(1)
	go waitForever(wg)
	go recvNil()
}

// overwrite leaves nothing of what leak had in its frames.
//
//go:noinline
func overwrite(n int) (sum int) {
	var b [64]int
	for i := range b {
		b[i] = n
	}
	if n > 0 {
		sum = overwrite(n - 1)
	}
	return sum + b[n%64]
}

var used = make(chan int)

func leaks() {
	labels := pprof.Labels("part", "leaks")
	pprof.Do(context.Background(), labels, func(context.Context) { leak() })
	go waitForMain(used)
	overwrite(100)
	time.Sleep(20 * time.Millisecond)
	profile := pprof.Lookup("goroutineleak")
	var b bytes.Buffer
	profile.WriteTo(&b, 0)
	b.Reset()
	profile.WriteTo(&b, 1)
	names := regexp.MustCompile(`main\.\w+`).FindAllString(b.String(), -1)
	slices.Sort(names)
	fmt.Println(profile.Count(), names, bytes.Count(b.Bytes(), []byte(`{"part":"leaks"}`)))
	used <- 1
}

func deadlock(t *testing.T) {
	defer fmt.Println("deferred")
	go selectForever(make(chan int), make(chan int))
	<-make(chan int)
}

//go:noinline
func bubble(name string, f func(t *testing.T)) testing.InternalTest {
	return testing.InternalTest{Name: name, F: func(t *testing.T) { synctest.Test(t, f) }}
}

func main() {
	leaks()
	testing.Main(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{
		bubble("clock", clock), bubble("wait", wait), bubble("deadline", deadline), bubble("deadlock", deadlock),
	}, nil, nil)
}
