// The text and status of: a nil pointer dereference.
package main

import (
	"fmt"
)

type T struct{ a, b int }

//go:noinline
func get(t *T) int { return t.b }

func main() {
	fmt.Println(get(&T{1, 2}))
	fmt.Println(get(nil))
}
