// Labels in code that constants make dead, and statements behind a jump in functions with goto.
package main

import "fmt"

const run = false

func f() {
	if !run {
		return
	}
	messages := make(chan struct{}, 1)
main:
	for range messages {
		break main
	}
}

func g() int {
	if !run {
		return 3
	}
	x := 1
L:
	x++
	if x < 5 {
		goto L
	}
	return x
}

func h(n int) int {
	x := 0
again:
	x += n
	if x < 10 {
		goto again
	}
	return x
	fmt.Println("never")
	return 1
}

func main() {
	f()
	fmt.Println(g(), h(3))
}
