// Select: default, send and receive, nil channels, closed channels, timeouts, fairness, evaluation order.
package main

import (
	"fmt"
	"sync"
	"time"
)

func ev[T any](s string, v T) T { fmt.Print(s, " "); return v }

func main() {
	c := make(chan int)
	select {
	case v := <-c:
		fmt.Println("got", v)
	default:
		fmt.Println("empty")
	}
	select {
	case c <- 1:
		fmt.Println("sent")
	default:
		fmt.Println("nobody receives")
	}
	b := make(chan string, 1)
	select {
	case b <- "x":
		fmt.Println("buffered send")
	default:
	}
	select {
	case v, ok := <-b:
		fmt.Println(v, ok)
	}
	close(b)
	select {
	case v, ok := <-b:
		fmt.Printf("%q %v\n", v, ok)
	}
	var nilc chan int
	select {
	case <-nilc:
	case nilc <- 1:
	default:
		fmt.Println("nil channels never ready")
	}
	start := time.Now()
	select {
	case <-c:
	case <-time.After(5 * time.Millisecond):
		fmt.Println("timeout", time.Since(start) >= 5*time.Millisecond)
	}
	go func() { c <- 42 }()
	select {
	case v := <-c:
		fmt.Println("blocked receive", v)
	case nilc <- 1:
	}
	go func() { <-c }()
	select {
	case c <- 5:
		fmt.Println("blocked send")
	case <-nilc:
	}
	arr := []int{0, 0}
	m := map[string]int{}
	in := make(chan int, 2)
	in <- 7
	in <- 8
	var ok bool
	select {
	case arr[ev("index", 1)] = <-ev("chan", in):
	}
	select {
	case m["k"], ok = <-in:
	}
	fmt.Println(arr, m, ok)
	select {
	case ev("first", nilc) <- ev("value", 1):
	case <-ev("second", nilc):
	default:
		fmt.Println("evaluated in order")
	}
	hits := [3]int{}
	cs := [3]chan int{make(chan int, 300), make(chan int, 300), make(chan int, 300)}
	for i := range 300 {
		for _, c := range cs {
			c <- i
		}
	}
	for range 300 {
		select {
		case <-cs[0]:
			hits[0]++
		case <-cs[1]:
			hits[1]++
		case <-cs[2]:
			hits[2]++
		}
	}
	fmt.Println("fair:", hits[0] > 30 && hits[1] > 30 && hits[2] > 30)
	var wg sync.WaitGroup
	done := make(chan struct{})
	out := make(chan int)
	for i := range 10 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := 0; ; n++ {
				select {
				case out <- i:
				case <-done:
					return
				}
			}
		}()
	}
	for range 1000 {
		<-out
	}
	close(done)
	wg.Wait()
	func() {
		defer func() { fmt.Println(recover()) }()
		cc := make(chan int)
		close(cc)
		select {
		case cc <- 1:
		default:
		}
	}()
	sum := 0
	d1, d2 := make(chan int), make(chan int)
	go func() {
		for i := range 50 {
			d1 <- i
		}
		close(d1)
	}()
	go func() {
		for i := range 50 {
			d2 <- i * 100
		}
		close(d2)
	}()
	for d1 != nil || d2 != nil {
		select {
		case v, ok := <-d1:
			if !ok {
				d1 = nil
				continue
			}
			sum += v
		case v, ok := <-d2:
			if !ok {
				d2 = nil
				break
			}
			sum += v
		}
	}
	fmt.Println(sum)
	type msg struct {
		id   int
		body [10]string
		re   chan<- string
	}
	q := make(chan msg)
	re := make(chan string)
	go func() {
		for {
			select {
			case m := <-q:
				m.re <- fmt.Sprint(m.id, m.body[9])
			}
		}
	}()
	q <- msg{1, [10]string{9: "nine"}, re}
	fmt.Println(<-re)
	var ro <-chan int = in
	var so chan<- int = in
	so <- 3
	fmt.Println(<-ro, len(in), cap(in), len(nilc), cap(nilc))
}
