// Allocation and collection. bench.py measures the processor time of each; the program prints its peak memory in bytes.
package main

import (
	"fmt"
	"os"
	"strings"
)

var measurements = []struct {
	name string
	run  func() int
}{
	{"binary-trees", binaryTrees},
	{"small-objects", smallObjects},
	{"live-list", liveList},
	{"map-churn", mapChurn},
	{"strings", stringChurn},
	{"pointer-writes", pointerWrites},
}

func main() {
	for _, m := range measurements {
		if len(os.Args) < 2 {
			fmt.Println(m.name, "process", 1.2)
		} else if os.Args[1] == m.name {
			if m.run() == 0 {
				panic("nothing done")
			}
			fmt.Println(peak())
		}
	}
}

// peak returns the most memory that the process has occupied.
func peak() int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	kilobytes := 0
	fmt.Sscan(after, &kilobytes)
	return kilobytes << 10
}

type tree struct{ l, r *tree }

func build(d int) *tree {
	if d == 0 {
		return &tree{}
	}
	return &tree{build(d - 1), build(d - 1)}
}

func (t *tree) count() int {
	if t.l == nil {
		return 1
	}
	return 1 + t.l.count() + t.r.count()
}

func binaryTrees() int {
	const max = 18
	long := build(max)
	sum := 0
	for d := 4; d <= max; d += 4 {
		for range 1 << (max - d + 4) {
			sum += build(d).count()
		}
	}
	return sum + long.count()
}

type header struct {
	key, value *string
	next       *header
	flags      int
}

type buffer struct {
	data [6]uint64
}

type wide struct {
	a, b, c *int
	rest    [9]int
	link    *wide
}

// Objects of several sizes that die at once, or after a while.
func smallObjects() int {
	var headers [1024]*header
	var buffers [512]*buffer
	var wides [256]*wide
	var numbers [256]*int
	sum := 0
	for i := range 12_000_000 {
		switch i & 7 {
		case 0, 1, 2:
			h := &header{flags: i}
			h.next = headers[(i+1)&1023]
			if h.next != nil {
				h.next.next = nil
			}
			headers[i&1023] = h
		case 3, 4:
			b := &buffer{}
			b.data[i%6] = uint64(i)
			buffers[i&511] = b
		case 5:
			w := &wide{}
			w.a = numbers[i&255]
			wides[i&255] = w
		default:
			n := new(int)
			*n = i
			numbers[i&255] = n
		}
	}
	for _, h := range headers {
		if h != nil {
			sum += h.flags
		}
	}
	for _, w := range wides {
		if w != nil && w.a != nil {
			sum += *w.a
		}
	}
	return sum
}

type link struct {
	next *link
	data [4]int
}

// A list that stays, beside garbage: every collection marks all of it.
func liveList() int {
	var first *link
	for i := range 2_000_000 {
		first = &link{next: first}
		first.data[0] = i
	}
	sum := 0
	var keep [64][]byte
	for i := range 3_000_000 {
		keep[i&63] = make([]byte, 96)
		keep[i&63][i%96] = 1
	}
	for l := first; l != nil; l = l.next {
		sum += l.data[0]
	}
	return sum
}

func mapChurn() int {
	sum := 0
	for round := range 4 {
		m := map[int]*link{}
		for i := range 400_000 {
			m[i*7919] = &link{}
			if i >= 100_000 {
				delete(m, (i-100_000)*7919)
			}
		}
		names := map[string]int{}
		for i := range 300_000 {
			names[fmt.Sprint("key", i%50_000)] += i
		}
		sum += len(m) + len(names) + round
	}
	return sum
}

func stringChurn() int {
	sum := 0
	words := []string{"alpha", "beta", "gamma", "delta"}
	for i := range 3_000_000 {
		s := words[i&3] + "-" + words[(i>>2)&3]
		b := append([]byte(s), '!')
		sum += len(string(b)) + len(s)
	}
	return sum
}

// Stores of pointers to the heap, which the write barrier looks at.
func pointerWrites() int {
	nodes := make([]*link, 1<<12)
	for i := range nodes {
		nodes[i] = &link{}
	}
	x := uint32(1)
	for range 40_000_000 {
		x = x*1664525 + 1013904223
		a := nodes[x>>20]
		b := nodes[(x>>8)&0xfff]
		a.next = b
		nodes[x>>20] = a
	}
	n := 0
	for _, a := range nodes {
		if a.next != nil {
			n++
		}
	}
	return n
}
