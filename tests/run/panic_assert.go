// The text and status of: a failed type assertion.
package main

import (
	"fmt"
)

type S interface{ M() }

func main() {
	var v any = 3
	defer fmt.Println("deferred")
	v.(S).M()
}
