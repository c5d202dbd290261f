// The body of a range-over-func loop outlives the loop, and the function around it: it must still know that the loop is over.
package main

import (
	"fmt"
	"runtime"
)

var saved func(int) bool

func keep(yield func(int) bool) {
	saved = yield
	yield(1)
}

func keepAndStop(yield func(int) bool) {
	saved = yield
	if !yield(1) {
		return
	}
	yield(2)
}

func try(name string, f func()) {
	defer func() { fmt.Printf("%s: %v\n", name, recover()) }()
	f()
}

//go:noinline
func loop() (sum int) {
	for x := range keep {
		sum += x
	}
	return sum
}

//go:noinline
func leaves() (string, int) {
	for x := range keepAndStop {
		return "left", x
	}
	return "", 0
}

//go:noinline
func breaks() int {
	n := 0
	for x := range keepAndStop {
		n += x
		break
	}
	return n
}

func nested() int {
	for x := range keepAndStop {
		for y := range keepAndStop {
			if x == y {
				return x + y
			}
		}
	}
	return 0
}

// panics and unwinds leave a body behind that may run once more.
func panics(yield func(int) bool) {
	saved = yield
	panic("iterator")
}

func unwinds(yield func(int) bool) {
	saved = yield
	runtime.Goexit()
}

//go:noinline
func fails(seq func(func(int) bool)) (a int, b string, c [3]int) {
	for x := range seq {
		if x == 7 {
			return x, "seven", [3]int{x, x, x}
		}
	}
	return
}

//go:noinline
func overwrite(n int) int {
	var words [200]int
	for i := range words {
		words[i] = 1
	}
	if n > 0 {
		return overwrite(n-1) + words[n]
	}
	return words[0]
}

func late(name string) {
	overwrite(10)
	try(name, func() { fmt.Println(saved(7)) })
}

func main() {
	fmt.Println(loop())
	late("after the loop")
	fmt.Println(leaves())
	late("after return")
	fmt.Println(breaks())
	late("after break")
	fmt.Println(nested())
	late("after a nested loop")
	done := make(chan bool)
	try("fails", func() { fails(panics) })
	late("after a panic")
	late("after a panic, again")
	go func() {
		defer close(done)
		fails(unwinds)
	}()
	<-done
	late("after Goexit")
	done = make(chan bool)
	fmt.Println(loop())
	go func() { late("on another goroutine"); close(done) }()
	<-done
}
