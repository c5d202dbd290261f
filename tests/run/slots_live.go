// How long variables whose address was taken keep objects alive: as long as somebody may read them, and not until their function returns.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"
)

const filler = 0x123456789abcdef

type object [8]int

type box struct {
	o    *object
	next *box
}

type flag = atomic.Bool

// An object, and whether it has been freed.
func track() (*object, *flag) {
	o, freed := new(object), new(flag)
	for i := range o {
		o[i] = filler
	}
	runtime.SetFinalizer(o, func(*object) { freed.Store(true) })
	return o, freed
}

var garbage [][]byte

func collect() {
	runtime.GC()
	runtime.Gosched()
	// What takes the place of freed objects.
	garbage = garbage[:0]
	for range 20 {
		b := make([]byte, unsafe.Sizeof(object{}))
		for i := range b {
			b[i] = 0xaa
		}
		garbage = append(garbage, b)
	}
}

//go:noinline
func freed(name string, f *flag) {
	for range 200 {
		collect()
		if f.Load() {
			fmt.Println(name, "freed")
			return
		}
		time.Sleep(time.Millisecond)
	}
	fmt.Println(name, "KEPT")
}

//go:noinline
func kept(name string, f *flag) {
	for range 3 {
		collect()
		time.Sleep(50 * time.Microsecond)
	}
	if f.Load() {
		fmt.Println(name, "FREED")
	}
}

//go:noinline
func check(name string, o *object) {
	for _, x := range o {
		if x != filler {
			fmt.Println(name, "OVERWRITTEN")
			return
		}
	}
	fmt.Println(name, "alive")
}

//go:noinline
func fill(b *box, o *object) { b.o = o }

//go:noinline
func same(b *box) *box { return b }

//go:noinline
func pick(c bool, a, b *box) *box {
	if c {
		return a
	}
	return b
}

//go:noinline
func read(name string, b *box) { check(name, b.o) }

type large struct {
	o    *object
	more [6]int
}

//go:noinline
func makeLarge(o *object) large { return large{o: o} }

//go:noinline
func many(a, b, c, d, e, f, g, h *object) *object {
	if b != nil {
		return b
	}
	return h
}

func id[T any](p *T) *T { return p }

//go:noinline
func genericRead[T interface{ get() *object }](name string, x T) { check(name, x.get()) }

func (b *box) get() *object { return b.o }

type getter interface{ get() *object }

func endsEarly() {
	{
		o, f := track()
		var b box
		fill(&b, o)
		read("callee", &b)
		o = nil
		freed("callee", f)
	}
	{
		o, f := track()
		var b box
		p := same(&b)
		p.o = o
		o = nil
		kept("result", f)
		read("result", p)
		freed("result", f)
	}
	{
		o, f := track()
		l := makeLarge(o)
		l.more[1] = 1
		o = nil
		kept("large", f)
		func(l *large) { check("large", l.o) }(&l)
		freed("large", f)
	}
	{
		o, f := track()
		check("arguments", many(o, o, o, o, o, o, o, o))
		o = nil
		freed("arguments", f)
	}
	{
		o, f := track()
		b := box{o: o}
		var g getter = &b
		o = nil
		kept("interface", f)
		genericRead("interface", g)
		freed("interface", f)
	}
	{
		o, f := track()
		b := box{o: o}
		q := id(id(&b))
		o = nil
		kept("generic", f)
		genericRead("generic", q)
		freed("generic", f)
	}
	{
		o, f := track()
		set := func(to *object) { o = to }
		get := func() *object { return o }
		kept("closure", f)
		call("closure", get)
		run(set)
		freed("closure", f)
	}
	{
		o, f := track()
		a := box{o: o}
		b := box{next: &a}
		c := box{next: &b}
		o = nil
		kept("chain", f)
		walk("chain", &c)
		freed("chain", f)
	}
}

//go:noinline
func call(name string, get func() *object) { check(name, get()) }

//go:noinline
func run(set func(*object)) { set(nil) }

//go:noinline
func walk(name string, b *box) {
	collect()
	for b.next != nil {
		b = b.next
		collect()
	}
	check(name, b.o)
}

func received() {
	c := make(chan []*object, 4)
	for range 3 {
		o, _ := track()
		c <- []*object{o, o}
	}
	close(c)
	for s := range c {
		var freedNow flag
		runtime.SetFinalizer(s[1], nil)
		runtime.SetFinalizer(s[1], func(*object) { freedNow.Store(true) })
		kept("received", &freedNow)
		check("received", s[1])
		s = nil
		freed("received", &freedNow)
	}
}

type pair struct{ a, b *object }

//go:noinline
func touch(p *pair, i int) {
	if i < 0 {
		p.a = nil
	}
}

// Variables that live from one iteration to the next.
func loops() {
	o, f := track()
	var p pair
	for i := range 3 {
		if i == 0 {
			p.a = o
			o = nil
		}
		kept("carried", f)
		touch(&p, i)
		p.b = nil
		if i == 2 {
			check("carried", p.a)
		}
	}
	freed("carried", f)

	o, f = track()
	a, b := box{o: o}, box{o: o}
	o = nil
	q := &a
	for i := range 4 {
		if i&1 != 0 {
			q = &b
		}
		kept("phi", f)
		read("phi", q)
		if i == 2 {
			a.o = nil
			q.o = nil
			break
		}
	}
	b.o = nil
	freed("phi", f)

	var list [4]box
	var flags [4]*flag
	for i := range list {
		list[i].o, flags[i] = track()
		for j := range i {
			kept("array", flags[j])
		}
	}
	for i := range list {
		read("array", &list[i])
	}
	for i := range list {
		freed("array", flags[i])
	}
}

//go:noinline
func hold(n int, b *box) int {
	// In the heap, for its size is not known.
	s := make([]*box, n)
	s[n/2] = b
	collect()
	collect()
	check("heap", s[n/2].o)
	return len(s)
}

func held() {
	o, f := track()
	b := box{o: o}
	o = nil
	hold(1000, &b)
	s := make([]*box, len(garbage)*50)
	s[3] = &b
	kept("heap2", f)
	read("heap2", s[3])
	freed("heap2", f)

	o, f = track()
	b2 := box{o: o}
	o = nil
	m := map[string]*box{"x": &b2}
	kept("map", f)
	read("map", m["x"])

	o, f = track()
	b3 := box{o: o}
	o = nil
	get := b3.get
	kept("method value", f)
	call("method value", get)

	o, f = track()
	b4 := box{o: o}
	o = nil
	h1 := [2]*box{&b4, nil}
	h2 := h1
	h1[0] = nil
	kept("copy", f)
	read("copy", h2[len(garbage)&0])

	o, f = track()
	b5 := box{o: o}
	o = nil
	p := &b5
	pp := &p
	ppp := &pp
	kept("indirect", f)
	read("indirect", **ppp)

	o, f = track()
	b6 := box{o: o}
	o = nil
	v := reflect.ValueOf(&b6).Elem()
	kept("reflect", f)
	check("reflect", (*object)(v.Field(0).UnsafePointer()))

	o, f = track()
	b7 := box{o: o}
	o = nil
	list := variadic(&b7, nil)
	kept("variadic", f)
	read("variadic", list[0])

	o, f = track()
	b8 := box{o: o}
	o = nil
	later := make2(&b8)
	kept("returned closure", f)
	call("returned closure", later)

	o, f = track()
	b9 := box{o: o}
	o = nil
	u := unsafe.Pointer(uintptr(unsafe.Pointer(&b9)) + unsafe.Offsetof(b9.next))
	kept("unsafe", f)
	read("unsafe", (*box)(unsafe.Pointer(uintptr(u)-unsafe.Offsetof(b9.next))))

	o, f = track()
	b10 := box{o: o}
	o = nil
	hidden := noescape(unsafe.Pointer(&b10))
	kept("noescape", f)
	read("noescape", (*box)(hidden))

	o, f = track()
	b11 := box{o: o}
	o = nil
	for x := range each(&b11) {
		kept("iterator", f)
		read("iterator", x)
	}

	o, f = track()
	b12 := box{o: o}
	o = nil
	done := make(chan *object)
	go func(b *box) { collect(); done <- b.o }(&b12)
	check("goroutine", <-done)
	kept("goroutine", f)
	read("goroutine", &b12)
}

//go:noinline
func variadic(list ...*box) []*box { return list }

//go:noinline
func make2(b *box) func() *object { return func() *object { return b.o } }

//go:noinline
func noescape(p unsafe.Pointer) unsafe.Pointer {
	x := uintptr(p)
	return unsafe.Pointer(x ^ 0)
}

func each(b *box) func(func(*box) bool) {
	return func(yield func(*box) bool) {
		collect()
		yield(b)
	}
}

//go:noinline
func nested(b *box) (o *object) {
	defer func() {
		collect()
		recover()
		o = b.o
		collect()
	}()
	collect()
	var nothing *box
	return nothing.o
}

func deferred() {
	o, f := track()
	b := box{o: o}
	o = nil
	defer func() {
		kept("deferred", f)
		read("deferred", &b)
	}()
	check("recovered", nested(&b))
	o2, f2 := track()
	b2 := box{o: o2}
	o2 = nil
	for i := range 2 {
		defer func(b *box) {
			recover()
			kept("deferred in a loop", f2)
			read("deferred in a loop", b)
			if i == 1 {
				panic("again")
			}
		}(&b2)
	}
	collect()
	panic("deferred")
}

// What no deferred call uses ends early there, too.
func besideDefer() {
	defer func() { recover() }()
	o, f := track()
	var b box
	fill(&b, o)
	o = nil
	kept("beside defer", f)
	read("beside defer", &b)
	freed("beside defer", f)
	o, f = track()
	l := makeLarge(o)
	o = nil
	kept("large beside defer", f)
	func(l *large) { check("large beside defer", l.o) }(&l)
	freed("large beside defer", f)
	panic("recovered")
}

//go:noinline
func fillLarge(l *large, o *object) { l.o = o }

//go:noinline
func namedResult() (l large, f *flag) {
	defer func() { recover() }()
	var o *object
	o, f = track()
	fillLarge(&l, o)
	o = nil
	kept("named result", f)
	panic("recovered")
}

func rangeDefer() {
	o, f := track()
	b := box{o: o}
	o = nil
	for x := range each(&b) {
		defer func() {
			kept("defer in range", f)
			read("defer in range", x)
			read("defer in range", &b)
		}()
	}
	collect()
	collect()
}

func selects() {
	a, b := make(chan *object, 1), make(chan *object, 1)
	for range 2 {
		o, f := track()
		a <- o
		o = nil
		select {
		case x := <-a:
			kept("select", f)
			check("select", x)
			x = nil
		case x := <-b:
			fmt.Println(x)
		}
		freed("select", f)
	}
}

func builders() {
	var sb strings.Builder
	for i := range 50 {
		collect()
		fmt.Fprintf(&sb, "%d ", i)
	}
	fmt.Println(sb.String())
}

func main() {
	endsEarly()
	received()
	loops()
	held()
	func() {
		defer func() { fmt.Println(recover()) }()
		deferred()
	}()
	besideDefer()
	l, f := namedResult()
	kept("named result", f)
	check("named result", l.o)
	rangeDefer()
	selects()
	builders()
}
