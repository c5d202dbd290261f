package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	// Set to 1 to see sequential execution
	runtime.GOMAXPROCS(1)

	var wg sync.WaitGroup

	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func(id int) {
			defer wg.Done()
			for j := 0; j < 3; j++ {
				fmt.Printf("G%d: iteration %d\n", id, j)
				// Gosched yields to scheduler
				runtime.Gosched()
			}
		}(i)
	}

	wg.Wait()
}
