package main

import (
	"fmt"
	"runtime"
)

type tree struct{ left, right *tree }

func build(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{build(depth - 1), build(depth - 1)}
}

func (t *tree) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

func main() {
	long := build(14)
	total := 0
	for range 50 {
		total += build(10).count()
	}
	var keep [][]byte
	for i := range 200 {
		b := make([]byte, 100_000)
		b[i] = byte(i)
		if i%10 == 0 {
			keep = append(keep, b)
		}
	}
	runtime.GC()
	sum := 0
	for i, b := range keep {
		sum += int(b[i*10])
	}
	m := map[int]*tree{}
	for i := range 20000 {
		m[i%100] = build(1)
	}
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	fmt.Println(total, long.count(), sum, len(m), ms.NumGC > 0, ms.HeapAlloc < 1<<28)
}
