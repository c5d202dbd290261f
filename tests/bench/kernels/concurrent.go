// Goroutines, channels, locks.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

var kernels = []struct {
	name string
	run  func() any
}{
	{"pipeline", pipeline},
	{"unbuffered", unbuffered},
	{"fan-in", fanIn},
	{"select", selectKernel},
	{"mutex", mutexKernel},
	{"rwmutex", rwMutex},
	{"waitgroup", waitGroup},
	{"atomic", atomicKernel},
	{"sync-pool", pool},
	{"sync-map", syncMap},
	{"spawn", spawn},
}

func main() {
	for _, k := range kernels {
		if len(os.Args) < 2 {
			fmt.Println(k.name)
		} else if os.Args[1] == k.name {
			fmt.Println(k.run())
		}
	}
}

func pipeline() any {
	src := make(chan int, 64)
	go func() {
		for i := range 300_000 {
			src <- i
		}
		close(src)
	}()
	var in <-chan int = src
	for range 4 {
		out := make(chan int, 64)
		go func(in <-chan int) {
			for v := range in {
				out <- v + 1
			}
			close(out)
		}(in)
		in = out
	}
	s := 0
	for v := range in {
		s += v
	}
	return s
}

func unbuffered() any {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	s := 0
	for i := range 500_000 {
		ping <- i
		s += <-pong
	}
	close(ping)
	return s
}

func fanIn() any {
	out := make(chan int)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 50_000 {
				out <- i * w
			}
		}()
	}
	go func() { wg.Wait(); close(out) }()
	s := 0
	for v := range out {
		s += v
	}
	return s
}

func selectKernel() any {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	a, b := make(chan int), make(chan int, 8)
	go func() {
		for i := range 300_000 {
			if i%2 == 0 {
				a <- i
			} else {
				b <- i
			}
		}
		close(a)
	}()
	s := 0
	for open := true; open; {
		select {
		case v, ok := <-a:
			open = ok
			s += v
		case v := <-b:
			s += v
		case <-ctx.Done():
			return "cancelled"
		}
	}
	return s > 0
}

func mutexKernel() any {
	var mu sync.Mutex
	n := 0
	for range 30_000_000 {
		mu.Lock()
		n++
		mu.Unlock()
	}
	return n
}

func rwMutex() any {
	var mu sync.RWMutex
	m := map[int]int{1: 2}
	n := 0
	for range 10_000_000 {
		mu.RLock()
		n += m[1]
		mu.RUnlock()
	}
	return n
}

func waitGroup() any {
	var total atomic.Int64
	for range 1000 {
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() { total.Add(int64(i)) })
		}
		wg.Wait()
	}
	return total.Load()
}

func atomicKernel() any {
	var n atomic.Int64
	var p atomic.Pointer[int]
	x := 1
	p.Store(&x)
	for range 30_000_000 {
		n.Add(int64(*p.Load()))
		n.CompareAndSwap(5, 6)
	}
	return n.Load()
}

func pool() any {
	p := sync.Pool{New: func() any { return make([]byte, 1024) }}
	n := 0
	for i := range 8_000_000 {
		b := p.Get().([]byte)
		b[i&1023] = 1
		n += len(b)
		p.Put(b)
	}
	return n
}

func syncMap() any {
	var m sync.Map
	for i := range 1000 {
		m.Store(i, i)
	}
	s := 0
	for i := range 5_000_000 {
		v, _ := m.Load(i % 1000)
		s += v.(int)
	}
	return s
}

func spawn() any {
	done := make(chan int, 128)
	s := 0
	for range 3000 {
		for i := range 100 {
			go func() { done <- i }()
		}
		for range 100 {
			s += <-done
		}
	}
	return s
}
