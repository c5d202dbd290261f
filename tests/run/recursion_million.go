// Recursion a million calls deep, with pointers into the stack and a collection at the bottom.
package main

import (
	"fmt"
	"runtime"
)

type frame struct {
	up  *frame
	val int
	pad [4]int
}

func walk(n int, up *frame) int {
	f := frame{up: up, val: n}
	if n == 0 {
		runtime.GC()
		sum := 0
		for p := &f; p != nil; p = p.up {
			sum += p.val & 1
		}
		return sum
	}
	return walk(n-1, &f) + f.pad[0]
}

func simple(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + simple(n-1)
}

//go:noinline
func isEven(n int) bool {
	if n == 0 {
		return true
	}
	return isOdd(n - 1)
}

//go:noinline
func isOdd(n int) bool {
	if n == 0 {
		return false
	}
	return isEven(n - 1)
}

func main() {
	fmt.Println(simple(1000000))
	fmt.Println(walk(100000, nil))
	fmt.Println(isEven(1000000))
	fmt.Println(simple(1000000))
}
