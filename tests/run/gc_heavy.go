// About 4 GB allocated while some 50 MB are live; the heap must stay small and the live data intact.
package main

import (
	"fmt"
	"runtime"
)

type node struct {
	l, r *node
	id   int
}

func build(d, id int) *node {
	if d == 0 {
		return &node{id: id}
	}
	return &node{build(d-1, id*2), build(d-1, id*2+1), id}
}

func (n *node) check() int {
	if n.l == nil {
		return n.id
	}
	return n.id + n.l.check() + n.r.check()
}

func main() {
	live := build(19, 1)
	want := live.check()
	strs := make(map[int]string)
	ring := make([][]byte, 1000)
	var allocated uint64
	for i := 0; allocated < 4<<30; i++ {
		size := 256 + i%7*4096
		b := make([]byte, size)
		b[0], b[size-1] = byte(i), byte(i>>8)
		ring[i%len(ring)] = b
		allocated += uint64(size)
		if i%1000 == 0 {
			strs[i%50] = fmt.Sprintf("s%d", i)
		}
		if i%20000 == 0 {
			t := build(10, i)
			if t.l.r.id != i*4+1 {
				panic("tree")
			}
		}
	}
	for i, b := range ring {
		if b[0] != byte(b[0]) || len(b) == 0 {
			panic(i)
		}
	}
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	fmt.Println(live.check() == want, len(strs), ms.TotalAlloc > 4<<30, ms.NumGC > 5, ms.HeapSys < 600<<20, ms.Mallocs > 100000)
}
