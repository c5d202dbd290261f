// Calls at every depth of a fresh goroutine's stack: the worst depth is where the stack has to grow.
package main

import (
	"fmt"
	"os"
	"slices"
	"time"
)

const depths = 64

func main() {
	if len(os.Args) < 2 {
		fmt.Println("boundary-worst ns 1.0")
		fmt.Println("boundary-median ns 1.0")
		return
	}
	least := make([]time.Duration, depths)
	for depth := range least {
		least[depth] = time.Hour
	}
	const n = 1_000_000
	for range 5 {
		for depth := range depths {
			done := make(chan time.Duration)
			go func() { done <- descend(depth, n) }()
			least[depth] = min(least[depth], <-done)
		}
	}
	slices.Sort(least)
	switch os.Args[1] {
	case "boundary-worst":
		fmt.Println(float64(least[depths-1]) / n)
	case "boundary-median":
		fmt.Println(float64(least[depths/2]) / n)
	}
}

//go:noinline
func descend(depth, n int) time.Duration {
	if depth > 0 {
		return descend(depth-1, n) + time.Duration(depth&0)
	}
	start := time.Now()
	s := 0
	for i := range n {
		s += outer(i)
	}
	sink = s
	return time.Since(start)
}

var sink int

//go:noinline
func outer(i int) int {
	var a [4]int
	return inner(&a, i)
}

//go:noinline
func inner(a *[4]int, i int) int {
	a[i&3] = i
	return a[0]
}
