// Channels: pipelines, fan-in, semaphores, generators, closing, range, prime sieve, ping-pong, errors.
package main

import (
	"fmt"
	"sort"
	"sync"
)

func gen(n int) <-chan int {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := range n {
			c <- i
		}
	}()
	return c
}

func square(in <-chan int) <-chan int {
	out := make(chan int, 3)
	go func() {
		for v := range in {
			out <- v * v
		}
		close(out)
	}()
	return out
}

func merge(cs ...<-chan int) <-chan int {
	out := make(chan int)
	var wg sync.WaitGroup
	for _, c := range cs {
		wg.Go(func() {
			for v := range c {
				out <- v
			}
		})
	}
	go func() { wg.Wait(); close(out) }()
	return out
}

func sieve(n int) (primes []int) {
	ch := make(chan int)
	go func(out chan<- int) {
		for i := 2; ; i++ {
			out <- i
		}
	}(ch)
	for range n {
		p := <-ch
		primes = append(primes, p)
		next := make(chan int)
		go func(in <-chan int) {
			for {
				if v := <-in; v%p != 0 {
					next <- v
				}
			}
		}(ch)
		ch = next
	}
	return
}

func main() {
	sum := 0
	for v := range square(square(gen(10))) {
		sum += v
	}
	fmt.Println(sum)
	var all []int
	for v := range merge(gen(5), square(gen(5)), gen(3)) {
		all = append(all, v)
	}
	sort.Ints(all)
	fmt.Println(all)
	fmt.Println(sieve(30))
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	n := 0
	for range 10000 {
		ping <- n
		n = <-pong
	}
	close(ping)
	_, ok := <-pong
	fmt.Println(n, ok)
	sem := make(chan struct{}, 3)
	var mu sync.Mutex
	active, peak := 0, 0
	var wg sync.WaitGroup
	for range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			sem <- struct{}{}
			defer func() { <-sem }()
			mu.Lock()
			active++
			peak = max(peak, active)
			mu.Unlock()
			mu.Lock()
			active--
			mu.Unlock()
		}()
	}
	wg.Wait()
	fmt.Println(peak <= 3, active)
	errs := make(chan error, 3)
	for i := range 3 {
		go func() {
			var err error
			defer func() {
				if r := recover(); r != nil {
					err = fmt.Errorf("worker %d: %v", i, r)
				}
				errs <- err
			}()
			if i == 1 {
				panic("failed")
			}
		}()
	}
	for range 3 {
		if err := <-errs; err != nil {
			fmt.Println(err)
		}
	}
	cc := make(chan chan int, 1)
	reply := make(chan int, 1)
	cc <- reply
	(<-cc) <- 9
	fmt.Println(<-reply)
	buf := make(chan [2]string, 4)
	for i := range 4 {
		buf <- [2]string{fmt.Sprint(i), "v"}
	}
	fmt.Println(len(buf), cap(buf))
	close(buf)
	for v := range buf {
		fmt.Print(v)
	}
	v, ok := <-buf
	fmt.Println(v, ok)
	zero := make(chan struct{}, 5)
	zero <- struct{}{}
	fmt.Println(len(zero), <-zero)
	a, b := make(chan int), make(chan int)
	var r <-chan int = a
	fmt.Println(a == b, a == r, a != nil)
}
