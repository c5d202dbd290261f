// The text and status of: a recovered panic that is raised again.
package main

import (
	"fmt"
)

func main() {
	defer func() {
		r := recover()
		fmt.Println("saw", r)
		panic(r)
	}()
	panic(fmt.Errorf("wrapped: %w", fmt.Errorf("cause")))
}
