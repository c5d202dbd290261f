// What the runtime was given lives until it has done its work, although the program does not look at it again: each kind of argument, while
// collections begin and end in the middle of the runtime's own allocations.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

type box struct {
	n    int
	self *box
	pad  [100]int
}

//go:noinline
func newBox(n int) *box {
	b := &box{n: n}
	b.self = b
	return b
}

func (b *box) check(n int, what string) {
	if b.self != b || b.n != n || b.pad != [100]int{} {
		fmt.Println(what, "lost its argument")
		os.Exit(1)
	}
}

var sink any

// shift makes collections begin at other places.
//
//go:noinline
func shift(n int) {
	for range n {
		sink = new(box)
	}
}

const rounds = 200

var called atomic.Int32

//go:noinline
func timer(i int) {
	b := newBox(i)
	f := func() { b.check(i, "time.AfterFunc"); called.Add(1) }
	shift(i % 7)
	time.AfterFunc(0, f)
}

//go:noinline
func goroutine(i int) {
	b := newBox(i)
	f := func() { b.check(i, "go"); called.Add(1) }
	shift(i % 7)
	go f()
}

//go:noinline
func grow(i int) {
	s := []*box{newBox(i), newBox(i)}
	s = s[:2:2]
	shift(i % 7)
	for _, b := range append(s, nil)[:2] {
		b.check(i, "append")
	}
}

//go:noinline
func concatenate(i int) {
	s, t := strings.Repeat("s", 40+i), strings.Repeat("t", 40+i)
	want := 80 + 2*i
	shift(i % 7)
	u := s + t
	if len(u) != want || strings.Count(u, "s") != want/2 || strings.Count(u, "t") != want/2 {
		fmt.Println("concatenation lost a string")
		os.Exit(1)
	}
}

//go:noinline
func convert(i int) {
	b := []byte(strings.Repeat("b", 40+i))
	shift(i % 7)
	s := string(b)
	r := []rune(s)
	shift(i % 5)
	if t := string(r); len(t) != 40+i || strings.Count(t, "b") != 40+i {
		fmt.Println("conversion lost a string")
		os.Exit(1)
	}
}

type pair struct{ a, b *box }

//go:noinline
func interfaces(i int) {
	p := pair{newBox(i), newBox(i + 1)}
	shift(i % 7)
	var v any = p
	shift(i % 5)
	q := v.(pair)
	q.a.check(i, "interface")
	q.b.check(i+1, "interface")
}

//go:noinline
func maps(i int) {
	m := map[string]*box{}
	for j := range 20 {
		key, b := fmt.Sprint("key", j), newBox(i)
		shift((i + j) % 7)
		m[key] = b
	}
	for j := range 20 {
		m[fmt.Sprint("key", j)].check(i, "map")
	}
}

//go:noinline
func channel(i int) {
	c := make(chan *box, 1)
	b := newBox(i)
	shift(i % 7)
	c <- b
	shift(i % 5)
	(<-c).check(i, "channel")
}

//go:noinline
func finalizer(i int) {
	b, o := newBox(i), newBox(i)
	f := func(o *box) { o.check(i, "finalizer"); b.check(i, "finalizer"); called.Add(1) }
	shift(i % 7)
	runtime.SetFinalizer(o, f)
}

//go:noinline
func cleanup(i int) {
	b, o := newBox(i), newBox(i)
	f := func(b *box) { b.check(i, "cleanup"); called.Add(1) }
	shift(i % 7)
	runtime.AddCleanup(o, f, b)
}

//go:noinline
func deferred(i int) {
	for j := range 3 {
		b := newBox(i + j)
		shift((i + j) % 7)
		defer b.check(i+j, "defer")
	}
}

func main() {
	kinds := []struct {
		name  string
		run   func(int)
		calls int
	}{
		{"timer", timer, 1}, {"goroutine", goroutine, 1}, {"append", grow, 0}, {"concatenation", concatenate, 0}, {"conversion", convert, 0},
		{"interface", interfaces, 0}, {"map", maps, 0}, {"channel", channel, 0}, {"finalizer", finalizer, 1}, {"cleanup", cleanup, 1},
		{"defer", deferred, 0},
	}
	for _, kind := range kinds {
		called.Store(0)
		for i := range rounds {
			kind.run(i)
		}
		for start := time.Now(); int(called.Load()) < kind.calls*rounds && time.Since(start) < time.Minute; {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
		fmt.Println(kind.name, called.Load())
	}
}
