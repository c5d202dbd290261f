// runtime/metrics: every described metric can be read and has the described kind; counts of goroutines and histograms are plausible.
package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
)

func read(name string) metrics.Value {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value
}

func total(h *metrics.Float64Histogram) (n uint64) {
	for _, c := range h.Counts {
		n += c
	}
	return
}

func main() {
	block := make(chan bool)
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() { <-block })
	}
	for read("/sched/goroutines/waiting:goroutines").Uint64() < 1000 {
		time.Sleep(time.Millisecond)
	}
	runtime.GC()
	runtime.GOMAXPROCS(3)
	var samples []metrics.Sample
	for _, d := range metrics.All() {
		samples = append(samples, metrics.Sample{Name: d.Name})
	}
	for range 2 { // the second time in the memory of the first
		metrics.Read(samples)
	}
	for i, d := range metrics.All() {
		v := samples[i].Value
		if v.Kind() != d.Kind {
			fmt.Println(d.Name, v.Kind(), d.Kind)
			continue
		}
		switch v.Kind() {
		case metrics.KindFloat64:
			if x := v.Float64(); x < 0 || math.IsNaN(x) {
				fmt.Println(d.Name, x)
			}
		case metrics.KindFloat64Histogram:
			h := v.Float64Histogram()
			if len(h.Buckets) != len(h.Counts)+1 {
				fmt.Println(d.Name, len(h.Counts), len(h.Buckets))
			}
			for i := 1; i < len(h.Buckets); i++ {
				if h.Buckets[i-1] >= h.Buckets[i] {
					fmt.Println(d.Name, "buckets do not rise", i)
				}
			}
		}
	}
	fmt.Println(read("/no/such:metric").Kind())
	fmt.Println(read("/sched/gomaxprocs:threads").Uint64(), read("/gc/gogc:percent").Uint64(), read("/gc/cycles/forced:gc-cycles").Uint64() >= 1)
	fmt.Println(read("/sched/goroutines:goroutines").Uint64() >= 1001, read("/sched/goroutines-created:goroutines").Uint64() >= 1001)
	h := read("/sched/latencies:seconds").Float64Histogram()
	fmt.Println(len(h.Counts), h.Buckets[0], h.Buckets[len(h.Buckets)-1], h.Buckets[2], h.Buckets[20], total(h) > 0)
	fmt.Println(total(read("/sched/pauses/total/gc:seconds").Float64Histogram()) > 0, total(read("/sched/pauses/total/other:seconds").Float64Histogram()) > 0)
	sizes := read("/gc/heap/allocs-by-size:bytes").Float64Histogram()
	fmt.Println(sizes.Buckets[:4], total(sizes) > 0)
	close(block)
	wg.Wait()
}
