// Allocation and collection of many small objects.
package main

import "fmt"

type node struct{ l, r *node }

func build(d int) *node {
	if d == 0 {
		return &node{}
	}
	return &node{build(d - 1), build(d - 1)}
}

func (n *node) count() int {
	if n.l == nil {
		return 1
	}
	return 1 + n.l.count() + n.r.count()
}

func main() {
	const max = 17
	long := build(max)
	for d := 4; d <= max; d += 4 {
		n := 1 << (max - d + 4)
		sum := 0
		for range n {
			sum += build(d).count()
		}
		fmt.Println(n, d, sum)
	}
	fmt.Println(long.count())
}
