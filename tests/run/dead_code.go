// Code behind constant conditions: what is left out, labels and declarations in it, switches that constants decide.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

const debug = false

var calls int

func called() bool { calls++; return true }

func main() {
	if debug {
		fmt.Println("no")
		goto inside
	inside:
		fmt.Println("no")
	} else {
		fmt.Println("else")
	}
	if debug && called() || !debug {
		fmt.Println("and, or", calls)
	}
	if !(debug || called()) {
		fmt.Println("no")
	}
	x := debug && called()
	y := !debug || called()
	fmt.Println(x, y, calls)
	for debug {
		defer fmt.Println("no")
	}
	for i := 0; debug || i < 2; i++ {
		fmt.Println(i)
	}

	const k = 3
outer:
	switch k {
	case 1, 2:
		fmt.Println("no")
	case 3:
		for {
			if called() {
				break outer
			}
		}
	default:
		fmt.Println("no")
	}
	switch k {
	case 3:
		fmt.Println("three")
		fallthrough
	case 4:
		fmt.Println("falls")
	}
	switch "a" {
	case "b":
		fmt.Println("no")
	default:
		fmt.Println("default")
	}
	switch {
	case called():
		fmt.Println("first", calls)
	case true:
		fmt.Println("no")
	}
	switch any(k) {
	case 3:
		fmt.Println("any")
	}

	if !debug {
		f := func() string {
			var pcs [8]uintptr
			frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
			var names []string
			for {
				frame, more := frames.Next()
				names = append(names, frame.Function)
				if !more {
					return strings.Join(names, " ")
				}
			}
		}
		fmt.Println(f())
		done := make(chan string)
		go func() { done <- f() }()
		fmt.Println(<-done)
	}
}
