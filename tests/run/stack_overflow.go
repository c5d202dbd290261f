// The text and status of: infinite recursion is a fatal error.
package main

import (
	"fmt"
)

type node struct{ next *node }

func depth(n *node, d int) int {
	if n == nil {
		return d
	}
	return depth(n.next, d+1) + 1
}

func main() {
	defer func() { fmt.Println("not recovered", recover()) }()
	n := &node{}
	n.next = n
	fmt.Println(depth(n, 0))
}
