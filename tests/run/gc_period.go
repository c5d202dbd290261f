// A collection starts by itself when the last one is long ago, even if nothing runs and nothing is allocated. gc_period.env makes rgo's "long" short;
// with gc the program takes two to three minutes.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

type resource struct {
	name string
	data [1 << 12]byte
}

var released = make(chan string, 1)

//go:noinline
func acquire() {
	r := &resource{name: "resource"}
	runtime.SetFinalizer(r, func(r *resource) { released <- r.name })
}

//go:noinline
func overwrite(n int) int {
	var words [64]int
	for i := range words {
		words[i] = n + i
	}
	return words[n%64]
}

func cycles() (all, forced uint32) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.NumGC, stats.NumForcedGC
}

func main() {
	runtime.GC() // the first is never a matter of time
	all, forced := cycles()
	// Only main, asleep.
	for n := all; n == all; n, _ = cycles() {
		time.Sleep(10 * time.Millisecond)
	}
	_, f := cycles()
	fmt.Println("collected, forced ones:", f-forced)
	// All goroutines blocked.
	acquire()
	overwrite(3)
	select {
	case name := <-released:
		fmt.Println("released", name)
	case <-time.After(10 * time.Minute):
		fmt.Println("not released")
		os.Exit(1)
	}
	_, f = cycles()
	fmt.Println("forced ones:", f-forced)
}
