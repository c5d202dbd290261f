// Maps with integer and string keys.
package main

import "fmt"

func main() {
	ints := map[int]int{}
	x := uint32(1)
	for range 3000000 {
		x = x*1664525 + 1013904223
		ints[int(x>>12)]++
	}
	keys := make([]string, 100000)
	for i := range keys {
		keys[i] = fmt.Sprintf("key-%d", i*7919)
	}
	strs := map[string]int{}
	for range 20 {
		for i, k := range keys {
			strs[k] += i
		}
	}
	sum := 0
	for _, v := range strs {
		sum += v
	}
	fmt.Println(len(ints), len(strs), sum)
}
