package main

// Pointers move between goroutines, stacks, channels, maps, slices, interfaces, closures and atomics while collections run: every object
// knows what it must contain.

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

type node struct {
	id    int
	check int
	next  *node
	kids  []*node
	any   any
	f     func() int
	big   [6]*node
}

func newNode(id int) *node { return &node{id: id, check: id ^ 0x5a5a5a} }

func (n *node) ok() {
	if n.check != n.id^0x5a5a5a {
		panic(fmt.Sprint("corrupt node ", n.id, " ", n.check))
	}
}

func walk(n *node, depth int) int {
	if n == nil || depth == 0 {
		return 0
	}
	n.ok()
	s := 1 + walk(n.next, depth-1)
	for _, k := range n.kids {
		s += walk(k, depth-1)
	}
	for _, k := range n.big {
		s += walk(k, depth-2)
	}
	if m, ok := n.any.(*node); ok {
		s += walk(m, depth-1)
	}
	if n.f != nil && n.f() != n.id {
		panic("closure")
	}
	return s
}

type triple struct {
	a, b, c *node
	s       string
	m       map[int]*node
	e       any
}

func mutator(seed uint32, rounds int, ch chan *node, shared *atomic.Pointer[node], tch chan triple) int {
	r := func(n int) int { seed = seed*1664525 + 1013904223; return int(seed>>8) % n }
	roots := make([]*node, 4096)
	m := map[int]*node{}
	ms := map[string]triple{}
	id := 0
	total := 0
	for i := 0; i < rounds; i++ {
		id++
		n := newNode(id)
		switch r(14) {
		case 0:
			n.next = roots[r(4096)]
			roots[r(4096)] = n
		case 1:
			k := roots[r(4096)]
			if k != nil {
				k.kids = append(k.kids, n)
				if len(k.kids) > 6 {
					k.kids = k.kids[3:]
				}
			}
		case 2:
			// Unlink and relink: the deletion barrier's case.
			k := roots[r(4096)]
			if k != nil && k.next != nil {
				t := k.next
				k.next = t.next
				t.next = nil
				roots[r(4096)] = t
			}
		case 3:
			select {
			case ch <- n:
			default:
			}
		case 4:
			select {
			case x := <-ch:
				x.ok()
				roots[r(4096)] = x
			default:
			}
		case 5:
			old := shared.Swap(n)
			if old != nil {
				old.ok()
				n.any = old
				old.any = nil
			}
		case 6:
			m[r(20000)] = n
		case 7:
			if x := m[r(20000)]; x != nil {
				x.ok()
				roots[r(4096)] = x
			}
			delete(m, r(20000))
		case 8:
			n.f = func() int { return n.id }
			roots[r(4096)] = n
		case 9:
			k := roots[r(4096)]
			if k != nil {
				j := r(6)
				k.big[j], k.big[(j+1)%6] = n, k.big[j]
			}
		case 10:
			t := triple{a: n, b: roots[r(4096)], s: fmt.Sprint("s", id), e: n}
			t.m = map[int]*node{id: n}
			select {
			case tch <- t:
			default:
			}
			ms[fmt.Sprint(r(50))] = t
		case 11:
			select {
			case t := <-tch:
				t.a.ok()
				if t.e.(*node) != t.a || t.m[t.a.id] != t.a || t.s != fmt.Sprint("s", t.a.id) {
					panic("triple")
				}
				roots[r(4096)] = t.a
			default:
			}
		case 12:
			copy(roots[r(32):1000], roots[r(1000):2000])
		case 13:
			roots[r(4096)] = nil
			t := ms[fmt.Sprint(r(50))]
			if t.a != nil {
				t.a.ok()
			}
		}
		if i%500 == 0 {
			for _, x := range roots {
				total += walk(x, 5) & 1
			}
		}
		if i%20000 == 0 {
			// Cut: everything old becomes garbage.
			for j := range roots {
				if r(4) != 0 {
					roots[j] = nil
				} else if roots[j] != nil {
					roots[j].next, roots[j].any, roots[j].kids, roots[j].f = nil, nil, nil, nil
					roots[j].big = [6]*node{}
				}
			}
			clear(m)
		}
	}
	return total
}

func deep(n int, p *node) int {
	if n == 0 {
		runtime.Gosched()
		return p.id
	}
	q := newNode(n)
	q.next = p
	v := deep(n-1, q)
	q.ok()
	return v
}

func main() {
	rounds := 60000
	ch := make(chan *node, 16)
	un := make(chan *node)
	tch := make(chan triple, 4)
	var shared atomic.Pointer[node]
	var wg sync.WaitGroup
	stop := make(chan bool)
	go func() {
		for {
			select {
			case x := <-un:
				x.ok()
				shared.Store(x)
			case <-stop:
				return
			}
		}
	}()
	for g := 0; g < 4; g++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mutator(uint32(g*7919+1), rounds, ch, &shared, tch)
		}()
	}
	wg.Add(1)
	go func() {
		defer wg.Done()
		for i := 0; i < 300; i++ {
			deep(2000, newNode(i))
			un <- newNode(i)
			t := time.AfterFunc(time.Microsecond*50, func() { shared.Store(newNode(i)) })
			if i%3 == 0 {
				t.Stop()
			}
		}
	}()
	wg.Wait()
	close(stop)
	runtime.GC()
	fmt.Println("ok")
}
