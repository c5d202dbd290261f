// The text and status of: assignment to a nil map.
package main

import (
	"fmt"
)

func main() {
	var m map[string]int
	fmt.Println(m["a"])
	m["a"] = 1
}
