// What the compiler does specially with maps: elements that are updated, keys of several fields, keys made of bytes.
package main

import "fmt"

type point struct{ x, y int32 }
type pair [2]uint16
type small struct {
	a int8
	b uint8
	c int16
}

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

func main() {
	points := map[point]int{}
	for i := range 20 {
		points[point{int32(i % 3), int32(-i % 2)}] += i
		points[point{1, -1}]++
	}
	fmt.Println(points, points[point{1, -1}], points[point{9, 9}])
	pairs := map[pair]string{{1, 2}: "a"}
	pairs[pair{1, 2}] += "b"
	pairs[pair{2, 1}] += "c"
	delete(pairs, pair{3, 3})
	fmt.Println(pairs, len(pairs))
	smalls := map[small]float64{}
	smalls[small{-1, 255, -2}] -= 2.5
	smalls[small{-1, 255, -2}] *= 2
	_, ok := smalls[small{1, 255, -2}]
	fmt.Println(smalls, ok)

	var none map[string]int
	try("nil map", func() { none["x"]++ })
	m := map[string]int{"one": 1}
	zero := 0
	try("division", func() { m["two"] /= zero })
	try("remainder", func() { m["three"] %= zero })
	try("index", func() { m["four"] += []int{}[zero] })
	fmt.Println(m)
	m["one"] <<= 4
	m["one"] |= 3
	m["five"] &^= 1
	fmt.Println(m)
	// The right side may change the map.
	m["one"] += func() int { delete(m, "one"); return 100 }()
	fmt.Println(m)
	grow := map[int][]int{}
	for i := range 100 {
		grow[i%7] = append(grow[i%7], i)
	}
	fmt.Println(len(grow), grow[3])
	anys := map[any]int{}
	try("unhashable", func() { anys[[]int{1}]++ })
	anys[1]++
	anys["1"] += 2
	anys[1]++
	fmt.Println(anys)

	counts := map[string]int{}
	text := []byte("to be or not to be")
	start := 0
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == ' ' {
			counts[string(text[start:i])]++
			if counts[string(text[start:i])] > 1 {
				fmt.Print(string(text[start:i]), " ")
			}
			start = i + 1
		}
	}
	text[0] = 'x'
	fmt.Println(counts)
	if v, ok := counts[string(text[:2])]; !ok {
		fmt.Println("no", v)
	}
}
