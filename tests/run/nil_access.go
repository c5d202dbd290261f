// Where a nil pointer is found: checks are left to the access that follows, which must fault on the check's line, before what comes after it; and
// products of which both halves are used, arrays built in place, objects in loops that arrays refer to.
package main

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"runtime"
	"strings"
	"sync/atomic"
)

type node struct {
	id    int64
	count atomic.Int64
	flag  atomic.Bool
	next  atomic.Pointer[node]
	data  [64]byte
	big   [8000]byte
	last  int
}

func (n *node) ID() int64     { return n.id }
func (n *node) Inc() int64    { return n.count.Add(1) }
func (n *node) Data() []byte  { return n.data[:] }
func (n *node) Last() *int    { return &n.last }
func (n node) Value() int64   { return n.id }
func (n *node) word() uint64  { return binary.LittleEndian.Uint64(n.data[:]) }
func (n *node) setWord(w int) { binary.LittleEndian.PutUint32(n.data[4:], uint32(w)) }

var sink any
var global int

//go:noinline
func access(n *node, how int, d int) int64 {
	switch how {
	case 0:
		return n.ID()
	case 1:
		return n.Inc()
	case 2:
		n.flag.Store(true)
	case 3:
		return n.next.Load().ID()
	case 4:
		return int64(n.word())
	case 5:
		n.setWord(7)
	case 6:
		return int64(n.Data()[d])
	case 7:
		return int64(*n.Last())
	case 8:
		return n.Value()
	case 9:
		n.count.CompareAndSwap(1, 2)
	case 10:
		p := &n.data
		return int64(p[3]) + 100/int64(d)
	case 11:
		p := &n.data
		q := 100 / int64(d)
		return int64(p[3]) + q
	case 12:
		global = 1
		n.id = int64(global)
		global = 2
	case 13:
		n.next.Store(n)
	case 14:
		a := (*[8]byte)(n.data[8:16])
		return int64(binary.BigEndian.Uint64(a[:]))
	case 15:
		var a *[8]byte
		if d > 100 {
			a = new([8]byte)
		}
		return int64(binary.BigEndian.Uint64(a[:]))
	case 16:
		return int64(len(n.Data()[d:]))
	}
	return -1
}

func try(n *node, how, d int) {
	defer func() {
		err := recover()
		if err == nil {
			return
		}
		pcs := make([]uintptr, 20)
		frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
		for {
			f, more := frames.Next()
			if f.Function == "main.access" {
				fmt.Println(how, d, err, "line", f.Line)
				return
			}
			if !more {
				fmt.Println("not found")
				return
			}
		}
	}()
	fmt.Println(how, d, access(n, how, d))
}

//go:noinline
func products(a, b uint64, c bool) (uint64, uint64, uint64) {
	hi, lo := bits.Mul64(a, b)
	lo2, hi2 := b*a, uint64(0)
	if c {
		hi2, _ = bits.Mul64(b, a)
		hi ^= hi2
	}
	h := hi ^ lo
	if h&1 != 0 {
		lo2 += h
	}
	return hi, lo, lo2 ^ h
}

type pair struct{ hi, lo uint64 }

func (p *pair) halves() [2]*uint64 { return [2]*uint64{&p.hi, &p.lo} }

func (p pair) part(i int) uint64 { return *(p.halves()[i%2]) }

//go:noinline
func digits(hi, lo uint64, n int) string {
	var b strings.Builder
	for i := range n {
		p := pair{hi + uint64(i), lo}
		fmt.Fprint(&b, p.part(i), " ")
	}
	return b.String()
}

// Each iteration's pointers, some of which are kept.
//
//go:noinline
func kept(n int) int {
	var all []*int
	sum := 0
	var last [2]*int
	for i := range n {
		x, y := i, -i
		now := [2]*int{&x, &y}
		if i%3 == 0 {
			all = append(all, now[i%2])
		}
		if last[0] != nil {
			sum += *last[i%2]
		}
		last = now
	}
	for _, p := range all {
		sum = sum*3 + *p
	}
	return sum
}

//go:noinline
func swapped(a, b int, i int) (int, int) {
	x := [2]int{a, b}
	for range i {
		x = [2]int{x[1], x[0] + 1}
	}
	return x[i%2], x[(i+1)%2]
}

func main() {
	for how := range 17 {
		try(nil, how, 0)
		try(nil, how, 5)
		n := &node{id: 3}
		n.next.Store(&node{id: 4})
		try(n, how, 5)
		try(n, how, 0)
	}
	fmt.Println(global)
	fmt.Println(products(1<<63+12345, 987654321987654321, true))
	fmt.Println(products(1<<63+12345, 987654321987654321, false))
	fmt.Println(products(3, 5, true))
	fmt.Println(digits(10, 99, 7))
	fmt.Println(kept(20))
	fmt.Println(swapped(1, 2, 5))
	fmt.Println(swapped(1, 2, 4))
	allocs := func(f func()) int {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return int(after.Mallocs - before.Mallocs)
	}
	n := allocs(func() {
		s := uint64(0)
		for i := range 1000 {
			s += pair{uint64(i), 7}.part(i)
		}
		sink = s
	})
	fmt.Println("allocations in a loop:", n < 10)
}
