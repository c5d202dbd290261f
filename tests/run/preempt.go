// Goroutines that never call anything must not stop others, nor the collector.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

//go:noinline
func spin(stop *int32) (n int) {
	for *stop == 0 {
		n++
	}
	return
}

func main() {
	runtime.GOMAXPROCS(2)
	var stop atomic.Bool
	for range 4 {
		go func() {
			x := 1.0
			for !stop.Load() {
				for range 1 << 20 {
					x = x*1.0000001 + 1e-9
				}
			}
			_ = x
		}()
	}
	var forever int32
	go spin(&forever)
	for i := range 5 {
		runtime.GC()
		time.Sleep(time.Millisecond)
		_ = make([]byte, 1<<20)
		fmt.Println("tick", i)
	}
	done := make(chan int)
	for i := range 10 {
		go func() { done <- i }()
	}
	sum := 0
	for range 10 {
		sum += <-done
	}
	stop.Store(true)
	fmt.Println(sum)
}
