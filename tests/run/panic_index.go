// The text and status of: an index out of range.
package main

import (
	"fmt"
)

//go:noinline
func at(s []int, i int) int { return s[i] }

func main() {
	fmt.Println(at([]int{1, 2}, 1))
	fmt.Println(at([]int{1, 2}, 5))
}
