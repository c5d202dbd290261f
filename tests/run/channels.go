package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

func gen(n int) <-chan int {
	ch := make(chan int)
	go func() {
		defer close(ch)
		for i := 2; i < n; i++ {
			ch <- i
		}
	}()
	return ch
}

func filter(in <-chan int, p int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for v := range in {
			if v%p != 0 {
				out <- v
			}
		}
	}()
	return out
}

func main() {
	ch := gen(60)
	for {
		p, ok := <-ch
		if !ok {
			break
		}
		fmt.Print(p, " ")
		ch = filter(ch, p)
	}
	fmt.Println()

	var wg sync.WaitGroup
	var mu sync.Mutex
	var n atomic.Int64
	total := 0
	for i := range 100 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 100 {
				n.Add(1)
				mu.Lock()
				total += i
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	fmt.Println(n.Load(), total)

	buf := make(chan string, 2)
	buf <- "a"
	buf <- "b"
	select {
	case buf <- "c":
		fmt.Println("sent")
	default:
		fmt.Println("full", len(buf), cap(buf))
	}
	close(buf)
	for s := range buf {
		fmt.Print(s)
	}
	v, ok := <-buf
	fmt.Printf(" %q %v\n", v, ok)

	timeout := time.After(20 * time.Millisecond)
	tick := time.NewTicker(time.Millisecond)
	ticks := 0
loop:
	for {
		select {
		case <-tick.C:
			ticks++
		case <-timeout:
			break loop
		}
	}
	tick.Stop()
	fmt.Println(ticks > 0)

	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err())

	var once sync.Once
	for range 3 {
		once.Do(func() { fmt.Println("once") })
	}
	done := make(chan struct{})
	results := make(chan int, 1)
	go func() {
		defer close(done)
		defer func() { results <- -1; recover() }()
		var m map[int]int
		m[0] = 1
	}()
	<-done
	fmt.Println(<-results)
}
