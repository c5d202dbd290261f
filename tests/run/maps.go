// Maps of all key kinds, iteration under mutation, growth.
package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
)

type key struct {
	a int8
	s string
	f float64
}

type big [40]int

type iface interface{ M() }
type impl int

func (impl) M() {}

func main() {
	ints := map[int]int{}
	for i := range 10000 {
		ints[i*7] = i
	}
	for i := range 5000 {
		delete(ints, i*14)
	}
	sum := 0
	for k, v := range ints {
		sum += k - 7*v + v
	}
	fmt.Println(len(ints), sum)

	strs := map[string][]string{"a": {"1"}}
	strs["a"] = append(strs["a"], "2")
	strs["b"] = nil
	v, ok := strs["b"]
	w, ok2 := strs["c"]
	fmt.Println(strs, v, ok, w, ok2)

	structs := map[key]int{{1, "x", 0.5}: 1, {1, "x", -0.5}: 2}
	structs[key{1, "x", 0.5}]++
	fmt.Println(structs[key{1, "x", 0.5}], len(structs))

	floats := map[float64]string{}
	floats[math.NaN()] = "nan"
	floats[math.NaN()] = "nan"
	floats[0.0] = "zero"
	floats[math.Copysign(0, -1)] = "minus zero"
	fmt.Println(len(floats), floats[0], floats[math.NaN()] == "")

	anys := map[any]int{1: 1, "1": 2, 1.0: 3, [2]int{1, 2}: 4, struct{}{}: 5, nil: 6, impl(1): 7, int8(1): 8}
	fmt.Println(len(anys), anys[1], anys["1"], anys[1.0], anys[[2]int{1, 2}], anys[nil], anys[int8(1)], anys[int16(1)])

	ifaces := map[iface]string{impl(1): "one"}
	fmt.Println(ifaces[impl(1)], ifaces[impl(2)] == "")

	bigs := map[big]big{}
	for i := range 100 {
		bigs[big{i}] = big{39: i}
	}
	fmt.Println(len(bigs), bigs[big{50}][39], bigs[big{0, 1}][0])

	type pp struct{ p *int }
	x := 1
	pointers := map[pp]int{{&x}: 2}
	chans := map[chan int]bool{make(chan int): true, nil: false}
	fmt.Println(pointers[pp{&x}], len(chans))

	// Deleting while ranging: removed entries do not appear.
	m := map[int]bool{}
	for i := range 100 {
		m[i] = true
	}
	seen := 0
	for k := range m {
		seen++
		for i := range 100 {
			if i != k {
				delete(m, i)
			}
		}
	}
	fmt.Println(seen, len(m))
	clear(m)
	fmt.Println(len(m))
	for k := range m {
		fmt.Println("no", k)
	}

	// Adding while ranging terminates and every original entry is seen once.
	m = map[int]bool{}
	for i := range 50 {
		m[i] = true
	}
	count := map[int]int{}
	for k := range m {
		count[k]++
		if len(m) < 5000 {
			m[k+1000+len(m)] = true
		}
	}
	once := true
	for i := range 50 {
		once = once && count[i] == 1
	}
	fmt.Println(once)

	keys := slices.Sorted(maps.Keys(map[string]int{"z": 1, "y": 2, "x": 3}))
	fmt.Println(keys)
	clone := maps.Clone(strs)
	clone["d"] = []string{"only here"}
	fmt.Println(len(strs), len(clone))
	fmt.Println(map[string]map[int]string{"b": {2: "two", 1: "one"}, "a": {}})

	counts := map[rune]int{}
	for _, r := range "hello, world; hello, map" {
		counts[r]++
	}
	var rs []rune
	for r := range counts {
		rs = append(rs, r)
	}
	sort.Slice(rs, func(i, j int) bool {
		return counts[rs[i]] > counts[rs[j]] || counts[rs[i]] == counts[rs[j]] && rs[i] < rs[j]
	})
	fmt.Println(string(rs))
	var nilMap map[string]int
	fmt.Println(nilMap["x"], len(nilMap))
	delete(nilMap, "x")
	structs[key{}] += 5
	structs[key{}] <<= 2
	fmt.Println(structs[key{}])
}
