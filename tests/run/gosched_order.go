// With one P and no preemption due, goroutines that yield take turns: the newest first, then in order.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	runtime.GOMAXPROCS(1)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for turn := range 3 {
				fmt.Println(i, turn)
				runtime.Gosched()
			}
		}()
	}
	wg.Wait()
}
