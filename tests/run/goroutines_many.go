// 100,000 goroutines alive at once, each parked on a channel; then a deep recursion in several goroutines.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func depth(n int) int {
	if n == 0 {
		return 0
	}
	return depth(n-1) + 1
}

func main() {
	const n = 100000
	gate := make(chan struct{})
	results := make(chan int, 64)
	for i := range n {
		go func() {
			<-gate
			results <- i
		}()
	}
	for runtime.NumGoroutine() < n+1 {
		runtime.Gosched()
	}
	fmt.Println("alive:", runtime.NumGoroutine() == n+1)
	close(gate)
	sum := 0
	for range n {
		sum += <-results
	}
	fmt.Println(sum)
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range 8 {
		wg.Go(func() {
			d := depth(100000)
			mu.Lock()
			total += d
			mu.Unlock()
		})
	}
	wg.Wait()
	fmt.Println(total)
}
