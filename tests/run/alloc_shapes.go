// Objects of many shapes from several goroutines at once, beside collections: none is handed out twice, all are zero, and all are counted.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

type one struct{ id uintptr }

type pair struct {
	id   uintptr
	next *pair
}

type mixed struct {
	next *mixed
	id   uintptr
	s    []*one
	name string
	rest [3]uintptr
}

type wide struct {
	id   uintptr
	rest [30]uintptr
	last *wide
}

type plain struct{ a, b, c uintptr }

type state struct {
	ones   []*one
	pairs  *pair
	mixed  *mixed
	wide   [8]*wide
	plains [16]*plain
}

func (s *state) step(id uintptr) bool {
	o := &one{}
	p := &pair{}
	m := &mixed{}
	w := &wide{}
	q := &plain{}
	fresh := o.id == 0 && p.id == 0 && p.next == nil && m.id == 0 && m.next == nil && m.s == nil && m.name == "" &&
		w.id == 0 && w.last == nil && w.rest == [30]uintptr{} && *q == plain{}
	o.id, p.id, m.id, w.id, q.a, q.b, q.c = id, id, id, id, id, id, id
	for i := range w.rest {
		w.rest[i] = ^uintptr(0)
	}
	s.ones = append(s.ones, o)
	p.next, s.pairs = s.pairs, p
	m.next, s.mixed = s.mixed, m
	m.s = s.ones[len(s.ones)-1:]
	w.last = s.wide[id%8]
	if w.last != nil {
		w.last.last = nil
	}
	s.wide[id%8] = w
	s.plains[id%16] = q
	return fresh
}

func (s *state) check(first, n uintptr) bool {
	id := first + n
	p, m := s.pairs, s.mixed
	for i := len(s.ones) - 1; i >= 0; i-- {
		id--
		if s.ones[i].id != id || p.id != id || m.id != id || m.s[0] != s.ones[i] {
			return false
		}
		p, m = p.next, m.next
	}
	for i := range s.wide {
		if w := s.wide[i]; w == nil || w.id%8 != uintptr(i) || w.rest[29] != ^uintptr(0) {
			return false
		}
	}
	for i := range s.plains {
		if q := s.plains[i]; q == nil || q.a%16 != uintptr(i) || q.a != q.b || q.b != q.c {
			return false
		}
	}
	return id == first && p == nil && m == nil
}

func work(g uintptr) bool {
	const n = 400
	ok := true
	for round := range uintptr(25) {
		var s state
		first := g<<32 + round<<16
		for i := range uintptr(n) {
			ok = s.step(first+i) && ok
		}
		ok = s.check(first, n) && ok
	}
	return ok
}

var keep [100]*mixed

func counted() {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var before, after runtime.MemStats
	for range 2 {
		runtime.ReadMemStats(&before)
		for i := range keep {
			keep[i] = &mixed{}
		}
		runtime.ReadMemStats(&after)
	}
	made := after.Mallocs - before.Mallocs
	fmt.Println("counted:", made >= 100 && made < 110, after.TotalAlloc-before.TotalAlloc >= 100*80)
	runtime.GC()
	runtime.ReadMemStats(&before)
	keep = [100]*mixed{}
	runtime.GC()
	runtime.ReadMemStats(&after)
	freed := int64(after.Frees) - int64(before.Frees)
	// And what died before and was not swept until now.
	fmt.Println("freed:", freed >= 100 && freed < 2000, after.Mallocs >= after.Frees)
}

func main() {
	stop := make(chan bool)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				runtime.GC()
			}
		}
	}()
	var wg sync.WaitGroup
	results := make([]bool, 8)
	for g := range results {
		wg.Add(1)
		go func() {
			results[g] = work(uintptr(g) + 1)
			wg.Done()
		}()
	}
	wg.Wait()
	close(stop)
	fmt.Println(results)
	counted()
}
