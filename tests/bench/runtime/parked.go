// A million goroutines that wait: memory, time to make and to wake them, memory once they are gone.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
)

const many = 1_000_000

func main() {
	if len(os.Args) < 2 {
		fmt.Println("memory bytes/goroutine 1.0")
		fmt.Println("create-and-wake ns 1.0")
		fmt.Println("left bytes/goroutine 1.0")
		return
	}
	before := resident()
	gate := make(chan bool)
	var wg sync.WaitGroup
	start := time.Now()
	wg.Add(many)
	for range many {
		go func() {
			<-gate
			wg.Done()
		}()
	}
	for i := 0; i < 3; i++ {
		runtime.Gosched()
	}
	created := time.Since(start)
	parked := resident() - before
	start = time.Now()
	close(gate)
	wg.Wait()
	woken := time.Since(start)
	debug.FreeOSMemory()
	left := resident() - before
	switch os.Args[1] {
	case "memory":
		fmt.Println(float64(parked) / many)
	case "create-and-wake":
		fmt.Println(float64(created+woken) / many)
	case "left":
		fmt.Println(float64(max(left, 1)) / many)
	}
}

// resident returns the bytes of memory that the process occupies.
func resident() int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		panic(err)
	}
	return pages * os.Getpagesize()
}
