// Timers and deadlines made while there were more Ps than there are when they are set again; collections while GOMAXPROCS changes.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

func main() {
	runtime.GOMAXPROCS(8)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var timers []*time.Timer
	var ends []net.Conn
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	var accepted []net.Conn // a collection closes what nobody refers to
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted = append(accepted, c)
		}
	}()
	fired := make(chan bool, 1000)
	for range 32 {
		wg.Go(func() {
			for range 8 {
				t := time.AfterFunc(time.Hour, func() { fired <- true })
				runtime.Gosched()
				mu.Lock()
				timers = append(timers, t)
				mu.Unlock()
			}
			c, _ := net.Dial("tcp", l.Addr().String())
			c.SetReadDeadline(time.Now().Add(time.Hour))
			mu.Lock()
			ends = append(ends, c)
			mu.Unlock()
		})
	}
	wg.Wait()
	for _, t := range timers {
		t.Stop()
	}
	for _, c := range ends {
		c.SetReadDeadline(time.Time{})
	}
	runtime.GOMAXPROCS(1)
	for _, t := range timers {
		t.Reset(time.Millisecond)
	}
	for range timers {
		<-fired
	}
	fmt.Println(len(timers), "timers fired")
	timedOut := 0
	for _, c := range ends {
		c.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			timedOut++
		}
	}
	fmt.Println(timedOut, "reads timed out")
	// Goroutines whose stacks alone hold their values.
	var sum int
	results := make(chan int)
	for i := range 300 {
		go func() {
			p := new([64]int)
			p[i%64] = i
			time.Sleep(time.Duration(i%20) * time.Millisecond)
			results <- p[i%64]
		}()
	}
	go func() {
		for i := range 40 {
			runtime.GOMAXPROCS(1 + i%6)
			runtime.GC()
			for range 200 {
				_ = make([]byte, 1000)
			}
		}
		results <- 0
	}()
	for range 301 {
		sum += <-results
	}
	fmt.Println(sum)
}
