// How long a goroutine that sleeps waits for its turn beside goroutines that allocate, with a heap of 100 MB; and the longest pause.
package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"time"
)

type node struct {
	next *node
	data [5]int
}

var (
	live  []*node
	sinks [64]*node
)

func main() {
	if len(os.Args) < 2 {
		fmt.Println("pause-max us 0.5")
		fmt.Println("sleeper-p50 us 0.5")
		fmt.Println("sleeper-p99 us 0.5")
		return
	}
	for range 2000 {
		var list *node
		for range 1000 {
			list = &node{next: list}
		}
		live = append(live, list)
	}
	runtime.GC()
	before := pauses()
	for k := range 2 {
		go func() {
			for i := 0; ; i++ {
				n := &node{}
				n.data[0] = i
				sinks[k*32+i&31] = n
			}
		}()
	}
	var delays []time.Duration
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); {
		start := time.Now()
		time.Sleep(time.Millisecond)
		delays = append(delays, time.Since(start)-time.Millisecond)
	}
	slices.Sort(delays)
	us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
	switch os.Args[1] {
	case "pause-max":
		fmt.Println(longest(before, pauses()) * 1e6)
	case "sleeper-p50":
		fmt.Println(us(delays[len(delays)/2]))
	case "sleeper-p99":
		fmt.Println(us(delays[len(delays)*99/100]))
	}
	if live[0].data[1] != 0 {
		os.Exit(1)
	}
}

func pauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64Histogram()
}

// longest returns the upper bound of the last bucket that has grown.
func longest(before, after *metrics.Float64Histogram) float64 {
	last := 0.0
	for i, n := range after.Counts {
		if n > before.Counts[i] {
			last = after.Buckets[i+1]
			if math.IsInf(last, 1) {
				last = after.Buckets[i]
			}
		}
	}
	return last
}
