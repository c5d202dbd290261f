// The text and status of: a panic value that is a struct, and one that is a named string.
package main

import (
	"fmt"
)

type T struct {
	a int
	b string
}

type N string

func main() {
	defer func() {
		fmt.Println(recover())
		panic(N("named\nstring"))
	}()
	panic(T{1, "x"})
}
