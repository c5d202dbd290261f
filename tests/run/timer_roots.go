// Timers that only the runtime's heaps of timers refer to survive collections, however much these heaps change meanwhile.
package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const rounds, timers = 4, 1500

func main() {
	runtime.GOMAXPROCS(4)
	var workers, collector sync.WaitGroup
	var done atomic.Bool
	collector.Go(func() {
		for !done.Load() {
			runtime.GC()
		}
	})
	var fired atomic.Int64
	for i := range 3 {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			soon := func() time.Duration { return 5*time.Millisecond + time.Duration(r.IntN(10_000))*time.Microsecond }
			for range rounds {
				var later []*time.Timer
				var wait sync.WaitGroup
				for range timers {
					wait.Add(1)
					time.AfterFunc(soon(), func() {
						fired.Add(1)
						wait.Done()
					})
					later = append(later, time.AfterFunc(time.Hour, func() { panic("an hour has passed") }))
				}
				for range 2 * timers {
					later[r.IntN(len(later))].Reset(time.Minute + soon())
				}
				wait.Wait()
				for _, t := range later {
					if !t.Stop() {
						panic("the timer was not active")
					}
				}
			}
		})
	}
	workers.Wait()
	done.Store(true)
	collector.Wait()
	fmt.Println(fired.Load() == 3*rounds*timers)
}
