// Entries deleted from a map of a function that runs on, and what they refer to, are collected: the map began small, perhaps in the frame.
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

// Each evicted entry refers to the one evicted after it: one that is not collected keeps all later ones.
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
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Println(len(m), stats.HeapObjects < 20_000, head.next.key, tail.prev.key)
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
}
