// A function that runs on keeps nothing that it has left behind in its frame: entries deleted from a map that began small, the first elements of a
// queue, the first node of a list. Each of these refers to the next: one that is not collected keeps all that come later.
package main

import (
	"fmt"
	"math"
	"runtime"
)

type entry struct {
	key        int
	prev, next *entry
}

func areFew() bool {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapObjects < 20_000
}

type node struct {
	next *node
	pad  [6]int
}

func queue() {
	var q []*node
	var last *node
	for range 100_000 {
		n := &node{}
		if last != nil {
			last.next = n
		}
		last = n
		q = append(q, n)
		if len(q) > 3 {
			q = q[1:]
		}
	}
	fmt.Println(len(q), areFew())
	made := make([]*node, 0, 4)
	for range 100_000 {
		n := &node{}
		last.next = n
		last = n
		made = append(made, n)
		if len(made) > 3 {
			made = made[1:]
		}
	}
	fmt.Println(len(made), areFew())
}

func list() {
	tail := &node{}
	for range 100_000 {
		tail.next = &node{}
		tail = tail.next
	}
	fmt.Println(areFew(), tail.next == nil)
	var first node
	p := &first
	for range 100_000 {
		p.next = &node{}
		p = p.next
	}
	fmt.Println(areFew(), p.next == nil)
	// Here the first is needed to the end.
	var head node
	for p, i := &head, 0; i < 10; p, i = p.next, i+1 {
		p.next = &node{pad: [6]int{i}}
	}
	sum := 0
	for p := head.next; p != nil; p = p.next {
		sum += p.pad[0]
	}
	fmt.Println(sum)
}

func appended() {
	caps := []int{}
	var ints []int
	var texts []string
	var nodes []*node
	for i := range 6 {
		ints = append(ints, i)
		texts = append(texts, fmt.Sprint(i))
		nodes = append(nodes, &node{pad: [6]int{i}})
		caps = append(caps, cap(ints), cap(texts), cap(nodes))
	}
	fmt.Println(caps, ints, texts, nodes[5].pad[0])
}

func evict() {
	m := map[int]*entry{}
	var head, tail entry
	head.next, tail.prev = &tail, &head
	for i := range 200_000 {
		e := &entry{key: i, prev: &head, next: head.next}
		m[i] = e
		head.next.prev, head.next = e, e
		if len(m) > 1000 {
			oldest := tail.prev
			oldest.prev.next, tail.prev = &tail, oldest.prev
			delete(m, oldest.key)
		}
	}
	fmt.Println(len(m), areFew(), head.next.key, tail.prev.key)
}

// An iteration that began when the map was small goes on when it is large.
func iterate() {
	m := map[float64]*int{}
	for i := range 8 {
		m[float64(i)] = &i
	}
	delete(m, 7)
	m[math.NaN()] = new(int)
	sum, n, nan, once := 0, 0, 0, true
	for k, v := range m {
		if once {
			once = false
			for i := range 20 {
				m[float64(i+100)] = new(int)
			}
			delete(m, 6)
		}
		switch {
		case k != k:
			nan++
			*v = 5
		case k < 6:
			sum += *v
			n++
		}
	}
	fmt.Println(sum, n, nan, len(m))
	strings := map[string][]string{}
	for _, s := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		strings[s] = []string{s}
	}
	seen := map[string]bool{}
	for k, v := range strings {
		seen[k] = true
		strings[k+k] = append(v, "x")
		if v[0] != k && v[0] != k[:1] {
			fmt.Println(k, v)
		}
	}
	fmt.Println(len(seen) >= 8, strings["a"], strings["hh"])
	big := map[[20]int][40]int{}
	for i := range 9 {
		big[[20]int{i}] = [40]int{39: i}
	}
	fmt.Println(len(big), big[[20]int{3}][39], big[[20]int{8}][39])
}

func main() {
	evict()
	iterate()
	queue()
	list()
	appended()
}
