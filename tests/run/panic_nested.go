// The text and status of: a panic during a deferred call.
package main

import (
	"fmt"
)

func main() {
	defer func() {
		defer func() {
			panic(3)
		}()
		panic(2)
	}()
	fmt.Println("go")
	panic(1)
}
