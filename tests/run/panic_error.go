// The text and status of: custom error.
package main

import (
	"fmt"
)

type E struct{ code int }

func (e *E) Error() string { return fmt.Sprintf("E%d", e.code) }

func f(n int) {
	if n == 0 {
		panic(&E{42})
	}
	f(n - 1)
}

func main() {
	defer fmt.Println("deferred runs")
	f(2)
}
