// Readings of runtime/metrics agree with each other, do not stop the world and do not go back.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

func read(names ...string) []metrics.Value {
	samples := make([]metrics.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	values := make([]metrics.Value, len(names))
	for i := range samples {
		values[i] = samples[i].Value
	}
	return values
}

func total(v metrics.Value) (n uint64) {
	for _, count := range v.Float64Histogram().Counts {
		n += count
	}
	return n
}

func stops() (n [4]uint64) {
	values := read("/sched/pauses/stopping/gc:seconds", "/sched/pauses/stopping/other:seconds",
		"/sched/pauses/total/gc:seconds", "/sched/pauses/total/other:seconds")
	for i, v := range values {
		n[i] = total(v)
	}
	return n
}

// who says which stops of the world f leads to.
func who(name string, f func()) {
	before := stops()
	f()
	after := stops()
	fmt.Println(name, "collector:", after[0] > before[0], after[2] > before[2], "others:", after[1] > before[1], after[3] > before[3])
}

func all() []metrics.Sample {
	samples := make([]metrics.Sample, 0, 128)
	for _, d := range metrics.All() {
		if d.Cumulative {
			samples = append(samples, metrics.Sample{Name: d.Name})
		}
	}
	return samples
}

func less(a, b metrics.Value) bool {
	switch a.Kind() {
	case metrics.KindUint64:
		return a.Uint64() < b.Uint64()
	case metrics.KindFloat64:
		return a.Float64() < b.Float64()
	case metrics.KindFloat64Histogram:
		return total(a) < total(b)
	}
	return false
}

var sink [64]any

func work() {
	for i := range 4096 {
		sink[i%len(sink)] = make([]byte, 1+i%2000)
	}
}

func main() {
	work()
	runtime.GC()
	v := read("/gc/heap/allocs:objects", "/gc/heap/allocs-by-size:bytes", "/gc/heap/frees:objects", "/gc/heap/frees-by-size:bytes", "/gc/heap/objects:objects",
		"/gc/heap/allocs:bytes", "/gc/heap/frees:bytes", "/memory/classes/heap/objects:bytes", "/memory/classes/total:bytes", "/memory/classes/profiling/buckets:bytes")
	fmt.Println("allocated:", v[0].Uint64() == total(v[1]), "freed:", v[2].Uint64() == total(v[3]), "alive:", v[0].Uint64()-v[2].Uint64() == v[4].Uint64())
	fmt.Println("bytes alive:", v[5].Uint64()-v[6].Uint64() == v[7].Uint64(), "buckets:", len(v[1].Float64Histogram().Buckets), v[9].Uint64() > 0)
	var sum uint64
	for _, d := range metrics.All() {
		if len(d.Name) > 16 && d.Name[:16] == "/memory/classes/" && d.Name != "/memory/classes/total:bytes" {
			sum += read(d.Name)[0].Uint64()
		}
	}
	fmt.Println("memory:", sum >= v[8].Uint64()/2)

	old := debug.SetGCPercent(-1)
	runtime.GC()
	who("metrics.Read", func() { metrics.Read(all()) })
	who("ReadMemStats", func() { var m runtime.MemStats; runtime.ReadMemStats(&m) })
	who("GC", runtime.GC)
	who("GOMAXPROCS", func() { runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)) })
	who("Stack", func() { runtime.Stack(make([]byte, 64), true) })
	debug.SetGCPercent(old)

	done := make(chan bool)
	go func() {
		for {
			select {
			case <-done:
				return
			default:
				work()
				runtime.GC()
			}
		}
	}()
	last := all()
	metrics.Read(last)
	back := 0
	for range 200 {
		now := all()
		metrics.Read(now)
		for i := range now {
			if less(now[i].Value, last[i].Value) {
				fmt.Println(now[i].Name, "went back")
				back++
			}
		}
		last = now
		runtime.Gosched()
	}
	done <- true
	fmt.Println("went back:", back)
}
