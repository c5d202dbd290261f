package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

type key struct {
	a string
	b int
}

func main() {
	m := map[string]int{"a": 1, "b": 2}
	m["c"]++
	delete(m, "a")
	v, ok := m["zz"]
	fmt.Println(m, len(m), v, ok)
	big := make(map[int]int)
	for i := range 10000 {
		big[i*7] = i
	}
	sum := 0
	for k, v := range big {
		sum += k - 7*v
		if v%2 == 0 {
			delete(big, k)
		}
	}
	fmt.Println(sum, len(big), big[7*4999])
	s := map[key][]int{{"x", 1}: {1}, {"y", 2}: nil}
	s[key{"x", 1}] = append(s[key{"x", 1}], 2)
	fmt.Println(s)
	f := map[float64]int{math.NaN(): 1, 0: 2}
	f[math.NaN()] = 3
	fmt.Println(len(f), f[math.Copysign(0, -1)])
	i := map[any]string{1: "int", "1": "string", 1.0: "float", key{"k", 0}: "struct"}
	fmt.Println(i[1], i["1"], i[1.0], i[key{"k", 0}], i[int64(1)] == "")
	var none map[string]int
	fmt.Println(none["x"], len(none))
	fmt.Println(slices.Sorted(maps.Keys(m)))
	defer func() { fmt.Println(recover()) }()
	none["x"] = 1
}
