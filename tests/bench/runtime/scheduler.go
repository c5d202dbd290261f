// What the scheduler and its neighbours cost: nanoseconds an operation, the best of many short rounds.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

var measurements = []struct {
	name string
	// Does about n operations.
	run func(n int)
}{
	{"create-exit", createExit},
	{"ping-pong", pingPong},
	{"buffered", buffered},
	{"select", selectTwo},
	{"gosched", gosched},
	{"mutex-uncontended", mutexAlone},
	{"mutex-contended", mutexShared},
	{"timer", timers},
}

func main() {
	for _, m := range measurements {
		if len(os.Args) < 2 {
			fmt.Println(m.name, "ns", 1.0)
		} else if os.Args[1] == m.name {
			fmt.Println(best(m.run))
		}
	}
}

// best returns nanoseconds an operation in the best of the rounds that fit into a second.
func best(run func(n int)) float64 {
	n := 1000
	for {
		start := time.Now()
		run(n)
		if time.Since(start) > 10*time.Millisecond {
			break
		}
		n *= 2
	}
	least := time.Hour
	for start := time.Now(); time.Since(start) < time.Second; {
		round := time.Now()
		run(n)
		least = min(least, time.Since(round))
	}
	return float64(least.Nanoseconds()) / float64(n)
}

func createExit(n int) {
	var wg sync.WaitGroup
	for range n / 100 {
		wg.Add(100)
		for range 100 {
			go wg.Done()
		}
		wg.Wait()
	}
}

// A there-and-back is one operation.
func pingPong(n int) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v
		}
		close(pong)
	}()
	for i := range n {
		ping <- i
		<-pong
	}
	close(ping)
	<-pong
}

func buffered(n int) {
	c := make(chan int, 128)
	go func() {
		for i := range n {
			c <- i
		}
		close(c)
	}()
	for range c {
	}
}

func selectTwo(n int) {
	a, b, done := make(chan int, 1), make(chan int, 1), make(chan bool)
	for i := range n {
		if i%2 == 0 {
			a <- i
		} else {
			b <- i
		}
		select {
		case <-a:
		case <-b:
		case <-done:
		}
	}
}

func gosched(n int) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			for range n / 4 {
				runtime.Gosched()
			}
			wg.Done()
		}()
	}
	wg.Wait()
}

func mutexAlone(n int) {
	var mu sync.Mutex
	x := 0
	for range n {
		mu.Lock()
		x++
		mu.Unlock()
	}
}

func mutexShared(n int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	x := 0
	for range 8 {
		wg.Add(1)
		go func() {
			for range n / 8 {
				mu.Lock()
				x++
				mu.Unlock()
			}
			wg.Done()
		}()
	}
	wg.Wait()
}

func timers(n int) {
	for range n {
		time.NewTimer(time.Hour).Stop()
	}
}
