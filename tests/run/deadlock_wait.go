// The text and status of: a deadlock on a wait group, with goroutines blocked elsewhere.
package main

import (
	"fmt"
	"sync"
)

func main() {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		select {}
	}()
	fmt.Println("waiting")
	wg.Wait()
}
