// The text and status of: a panic in another goroutine ends the program.
package main

import (
	"fmt"
)

func worker() {
	panic("in worker")
}

func main() {
	fmt.Println("start")
	go worker()
	select {}
}
