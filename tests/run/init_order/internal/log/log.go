// Package log records the order in which things happen.
package log

import "fmt"

var n int

// Add prints what, numbered, and returns the number.
func Add(what string) int {
	n++
	fmt.Println(n, what)
	return n
}
