// Goroutine switches: a ring of goroutines, and producers with one consumer.
package main

import (
	"fmt"
	"sync"
)

func main() {
	const n, rounds = 500, 1000
	first := make(chan int)
	in := first
	for range n {
		out := make(chan int)
		go func(in <-chan int) {
			for v := range in {
				out <- v + 1
			}
			close(out)
		}(in)
		in = out
	}
	go func() {
		for i := range rounds {
			first <- i
		}
		close(first)
	}()
	sum := 0
	for v := range in {
		sum += v
	}
	c := make(chan int, 128)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200000 {
				c <- i
			}
		})
	}
	go func() { wg.Wait(); close(c) }()
	for v := range c {
		sum += v
	}
	fmt.Println(sum)
}
