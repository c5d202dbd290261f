// Goroutines, channels, select, sync, context, timers.
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

func pingPong() {
	a, b := make(chan int), make(chan int)
	go func() {
		for v := range a {
			b <- v + 1
		}
		close(b)
	}()
	n := 0
	for range 10000 {
		a <- n
		n = <-b
	}
	close(a)
	_, ok := <-b
	fmt.Println("ping-pong", n, ok)
}

func pipeline() {
	source := make(chan int)
	go func() {
		defer close(source)
		for i := 2; ; i++ {
			source <- i
			if i == 2000 {
				return
			}
		}
	}()
	ch := source
	count, last := 0, 0
	for {
		p, ok := <-ch
		if !ok {
			break
		}
		count, last = count+1, p
		next := make(chan int)
		go func(in, out chan int) {
			defer close(out)
			for v := range in {
				if v%p != 0 {
					out <- v
				}
			}
		}(ch, next)
		ch = next
	}
	fmt.Println("primes", count, last)
}

func selects() {
	c, d := make(chan int, 1), make(chan string)
	select {
	case v := <-c:
		fmt.Println("no", v)
	default:
		fmt.Println("default")
	}
	c <- 1
	select {
	case v, ok := <-c:
		fmt.Println(v, ok)
	case d <- "x":
		fmt.Println("no")
	}
	go func() { d <- "sent" }()
	select {
	case s := <-d:
		fmt.Println(s)
	case <-time.After(10 * time.Second):
		fmt.Println("timeout")
	}
	var never chan int
	select {
	case <-never:
	case <-time.After(time.Millisecond):
		fmt.Println("timer")
	}
	stop := make(chan bool)
	var total atomic.Int64
	var wg sync.WaitGroup
	work := make(chan int)
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case v := <-work:
					total.Add(int64(v))
				case <-stop:
					return
				}
			}
		}()
	}
	for i := range 1000 {
		work <- i
	}
	close(stop)
	wg.Wait()
	fmt.Println("total", total.Load())
}

func locks() {
	var mu sync.Mutex
	var rw sync.RWMutex
	var once sync.Once
	var wg sync.WaitGroup
	n, reads := 0, atomic.Int32{}
	cond := sync.NewCond(&mu)
	for range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 100 {
				mu.Lock()
				n++
				mu.Unlock()
				rw.RLock()
				reads.Add(1)
				rw.RUnlock()
			}
			once.Do(func() { fmt.Println("once") })
			cond.Signal()
		}()
	}
	mu.Lock()
	for n < 5000 {
		cond.Wait()
	}
	mu.Unlock()
	wg.Wait()
	var m sync.Map
	m.Store("k", 1)
	v, loaded := m.LoadOrStore("k", 2)
	pool := sync.Pool{New: func() any { return new(int) }}
	*pool.Get().(*int) = 3
	fmt.Println(n, reads.Load(), v, loaded)
}

func contexts() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), 5*time.Millisecond, errors.New("too slow"))
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err(), context.Cause(ctx))
	ctx, cancel = context.WithCancel(context.WithValue(context.Background(), "key", "value"))
	done := make(chan bool)
	context.AfterFunc(ctx, func() { done <- true })
	cancel()
	<-done
	fmt.Println(ctx.Err(), ctx.Value("key"))
}

func timers() {
	start := time.Now()
	t := time.NewTimer(time.Hour)
	fmt.Println(t.Stop(), t.Reset(time.Millisecond))
	<-t.C
	ticker := time.NewTicker(time.Millisecond)
	for range 3 {
		<-ticker.C
	}
	ticker.Stop()
	fired := make(chan bool)
	time.AfterFunc(time.Millisecond, func() { close(fired) })
	<-fired
	time.Sleep(2 * time.Millisecond)
	fmt.Println(time.Since(start) > 5*time.Millisecond, time.Since(start) < 10*time.Second)
}

func main() {
	pingPong()
	pipeline()
	selects()
	locks()
	contexts()
	timers()
	// A goroutine that never yields by itself must not stop the others.
	var flag atomic.Bool
	go func() {
		for !flag.Load() {
		}
	}()
	time.Sleep(time.Millisecond)
	flag.Store(true)
	var spin int
	go func() {
		for {
			spin++
		}
	}()
	time.Sleep(5 * time.Millisecond)
	fmt.Println("end")
}
