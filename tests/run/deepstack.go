package main

import "fmt"

func depth(n int, pad [16]int) int {
	if n == 0 {
		return pad[3]
	}
	pad[n%16]++
	return depth(n-1, pad) + 1
}

func main() {
	fmt.Println(depth(100000, [16]int{}))
	ch := make(chan int)
	for i := range 10 {
		go func() { ch <- depth(1000*(i+1), [16]int{3: i}) }()
	}
	sum := 0
	for range 10 {
		sum += <-ch
	}
	fmt.Println(sum)
}
