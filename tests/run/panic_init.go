// The text and status of: a panic in an init function.
package main

import (
	"fmt"
)

func init() {
	panic("init failed")
}

func main() {
	fmt.Println("never")
}
