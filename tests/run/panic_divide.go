// The text and status of: a division by zero.
package main

import (
	"fmt"
)

//go:noinline
func div(a, b int) int { return a / b }

func main() {
	fmt.Println(div(6, 3))
	fmt.Println(div(6, 0))
}
