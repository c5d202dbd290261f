// What deferred calls read is there when a panic, Goexit or return runs them, however long ago the function itself used it last: variables
// in the frame, captured ones, operands, receivers, results; with collections, new stacks and calls on top of them.
package main

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
)

// A list that knows what it is made of.
type node struct {
	next *node
	n    int
	pad  [3]int
}

//go:noinline
func list(n int) *node {
	var l *node
	for i := 1; i <= n; i++ {
		l = &node{next: l, n: i, pad: [3]int{i, -i, i * i}}
	}
	return l
}

func (l *node) sum() (sum int) {
	for ; l != nil; l = l.next {
		if l.pad != [3]int{l.n, -l.n, l.n * l.n} {
			panic(fmt.Sprint("damaged: ", *l))
		}
		sum += l.n
	}
	return sum
}

// churn allocates what would take the place of anything that is wrongly free, and collects now and then.
//
//go:noinline
func churn() {
	var garbage *node
	for i := range 20 {
		garbage = &node{next: garbage, n: i, pad: [3]int{9, 9, 9}}
	}
	sink.Store(garbage)
	sink.Store(nil)
	if rounds.Add(1)%32 == 0 {
		runtime.GC()
	}
}

var (
	rounds atomic.Int32
	sink   atomic.Pointer[node]
)

// grow needs a larger stack, all of it dirty.
//
//go:noinline
func grow(n int) int {
	var room [64]int
	for i := range room {
		room[i] = n + i
	}
	if n > 0 {
		room[n%64] += grow(n - 1)
	}
	return room[n%64] & 0xff
}

// Ways out of a function.
const (
	byReturn = iota
	byPanic
	byNil
	byIndex
	byDivision
	bySlice
	byAssertion
	byMap
	byGoexit
	ways
)

//go:noinline
func leave(way int) int {
	churn()
	var (
		p    *node
		s    []int
		zero int
		m    map[string]int
		e    any = "text"
	)
	switch way {
	case byPanic:
		panic("panic")
	case byNil:
		return p.n
	case byIndex:
		return s[way]
	case byDivision:
		return way / zero
	case bySlice:
		return len(s[way:])
	case byAssertion:
		return e.(int)
	case byMap:
		m["x"] = 1
	case byGoexit:
		runtime.Goexit()
	}
	return 1
}

// each calls f for each way out, and says what happened.
func each(name string, f func(way int, say func(...any))) {
	for way := range ways {
		var out []string
		var wg sync.WaitGroup
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					out = append(out, fmt.Sprint("outer: ", r))
				}
			}()
			f(way, func(v ...any) { out = append(out, fmt.Sprint(v...)) })
		})
		wg.Wait()
		fmt.Println(name, way, strings.Join(out, ", "))
	}
}

type box struct {
	head *node
	name string
	more [4]*node
}

func (b box) value(say func(...any)) { churn(); say(b.name, b.head.sum(), b.more[3].sum()) }
func (b *box) pointer(say func(...any)) {
	churn()
	grow(300)
	say(b.name, b.head.sum(), b.more[2].sum())
}

type sayer interface{ value(func(...any)) }

// Slots whose last use in the function's own text is before the panic, or in the statement itself.
func slots(way int, say func(...any)) {
	b := box{head: list(3), name: "b"}
	b.more[2], b.more[3] = list(4), list(5)
	var array [6]*node
	array[5] = list(6)
	x, y, z := list(7), list(8), list(9)
	defer func() { churn(); say("array ", array[5].sum()) }()
	defer b.pointer(say)
	defer b.value(say)
	if way%2 == 0 {
		defer func() { grow(200); churn(); say("x ", x.sum()) }()
	} else {
		defer func(l *node) { churn(); say("arg ", l.sum(), " y ", y.sum()) }(z)
	}
	var i sayer = &box{head: list(10), name: "i", more: [4]*node{3: list(11)}}
	defer i.value(say)
	i = nil
	x, z = list(12), nil
	b.head = list(13)
	b.more[2] = list(14)
	churn()
	leave(way)
	churn()
}

// The function's own work in the same slots and registers after the statements.
func busy(way int, say func(...any)) {
	kept := list(20)
	defer func() { say("kept ", kept.sum()) }()
	sum := 0
	for i := range 10 {
		a, b, c, d, e := i, i*2, i*3, i*4, i*5
		l := list(i)
		churn()
		sum += l.sum() + a + b + c + d + e
	}
	second := list(21)
	defer func() { say("second ", second.sum(), " ", sum) }()
	kept = list(22)
	if way != byReturn {
		sum += leave(way)
	}
	for range 3 {
		var other [8]*node
		other[3] = list(5)
		sum += other[3].sum()
	}
}

// Results, some of which would be in registers.
func results(way int, say func(...any)) {
	named := func() (l *node, s string, n int, err error) {
		defer func() {
			churn()
			if r := recover(); r != nil {
				err = errors.Join(err, fmt.Errorf("%v", r))
				n++
			}
		}()
		l, s, n = list(30), strings.Repeat("s", 3), 7
		err = errors.New("set")
		n += leave(way)
		l, s = list(31), "returned"
		return l, s, n * 2, nil
	}
	unnamed := func() (*node, error) {
		defer func() { _ = recover() }()
		if way > byNil {
			leave(way)
		}
		return list(32), errors.New("returned")
	}
	float := func() (f float64, b bool, large [5]int) {
		defer func() {
			if recover() != nil {
				f, b = f*2, !b
				large[4]++
			}
		}()
		f, b, large = 1.5, true, [5]int{4: way}
		leave(way)
		return f + 1, b, large
	}
	l, s, n, err := named()
	say(l.sum(), s, n, " ", strings.ReplaceAll(fmt.Sprint(err), "\n", ";"))
	l, err = unnamed()
	say(l.sum(), err)
	say(float())
}

// Deferred calls that panic, recover and defer themselves, over slots of several functions.
func nested(way int, say func(...any)) {
	a := list(40)
	defer func() {
		b := list(41)
		defer func() {
			c := list(42)
			defer func() { churn(); say("c ", c.sum(), b.sum(), a.sum(), " ", recover()) }()
			c = list(43)
			churn()
			leave((way + 3) % byGoexit)
		}()
		say("b ", recover())
		churn()
		b = list(44)
		panic("from b")
	}()
	a = list(45)
	func() {
		d := list(46)
		defer func() {
			r := recover()
			say("d ", d.sum(), r)
			d = nil
			if r != nil {
				panic(fmt.Sprint(r, "!"))
			}
		}()
		leave(way)
	}()
}

// Statements that may run more than once, beside others.
func loops(way int, say func(...any)) {
	total := 0
	defer func() { say("total ", total) }()
	for i := range 3 {
		l := list(i + 50)
		if i != 1 {
			defer func() { churn(); total += l.sum() }()
		}
		defer func(l *node) { total -= l.n }(l)
	}
	last := list(60)
	defer func() { total += last.sum() }()
	leave(way)
}

func numbers(n int) iter.Seq[*node] {
	return func(yield func(*node) bool) {
		own := list(n)
		defer func() { total += own.sum() }()
		for i := range n {
			if !yield(list(i)) {
				return
			}
		}
	}
}

var total int

// Statements in bodies of range-over-func loops, which the function outside makes.
func bodies(way int, say func(...any)) {
	total = 0
	sum := 0
	defer func() { say("sum ", sum, " ", total) }()
	for l := range numbers(4) {
		first := list(70)
		defer func() { churn(); sum += l.sum() + first.sum() }()
		func() {
			inner := list(71)
			defer func() { sum += inner.sum() }()
			churn()
		}()
		if l.sum() == 3 {
			leave(way)
			break
		}
	}
}

type number interface{ ~int | ~float64 }

type wrapped[T number] struct {
	l *node
	t T
}

func (w *wrapped[T]) done(say func(...any)) { churn(); say(w.t, w.l.sum()) }

// Generic functions, small enough to be copied were it not for the defer statement.
func generic[T number](t T, way int, say func(...any)) (r T) {
	w := wrapped[T]{l: list(80), t: t}
	defer w.done(say)
	defer func() { r += t }()
	w.l = list(81)
	leave(way)
	return t
}

func small(l **node) { defer clear(l); churn() }
func clear(l **node) { *l = (*l).next }

// Where the deferred call was made from.
func where(l *node, say func(...any)) {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	found := ""
	for {
		f, more := frames.Next()
		if name, ok := strings.CutPrefix(f.Function, "main."); ok && !strings.HasPrefix(name, "each") {
			found += fmt.Sprint(name, " ")
		}
		if !more {
			break
		}
	}
	if !strings.Contains(string(debug.Stack()), "main.located") {
		found += "not in the trace"
	}
	say(l.sum(), found)
}
func located(way int, say func(...any)) {
	l := list(90)
	defer where(l, say)
	defer func() { where(l, say) }()
	l = list(91)
	leave(way)
}

// A statement that is not reached, or not yet, when the panic comes; large objects; what is captured twice.
func conditions(way int, say func(...any)) {
	var large [100]*node
	large[99] = list(100)
	l := &large
	if way == byIndex {
		leave(way)
	}
	if way > byNil {
		defer func() { churn(); say("large ", large[99].sum()) }()
	}
	if way == byDivision || way == byReturn {
		leave(way)
	}
	if way%3 == 0 {
		large[98] = list(101)
		defer func() { churn(); say("third ", l[98].sum()) }()
	}
	l[97] = list(102)
	defer func(p **node) { say("ninth ", (*p).sum()) }(&l[97])
	l = nil
	leave(way)
}

type chain struct {
	up   *chain
	hold **node
}

func all(say func(...any), lists ...*node) {
	churn()
	sum := 0
	for _, l := range lists {
		sum += l.sum()
	}
	say("all ", sum)
}

// Frame variables that only lead to others: deferred calls reach them by way of several.
func indirect(way int, say func(...any)) {
	x, y := list(110), list(111)
	p := &x
	c := chain{hold: &y}
	d := chain{up: &c, hold: p}
	array := [3]*node{list(112), list(113), list(114)}
	part := array[1:]
	inner := func() int { return part[1].sum() + x.sum() }
	outer := func() int { churn(); return inner() + (*d.up.hold).sum() }
	var i interface{ value(func(...any)) } = box{head: x, more: [4]*node{3: y}}
	m := map[string]**node{"x": &x, "y": &y}
	defer func() { churn(); say("chain ", (*d.up.hold).sum(), " ", (*d.hold).sum()) }()
	defer func() { say("closures ", outer()) }()
	defer func(s []*node) { grow(100); say("part ", s[0].sum()) }(part)
	defer all(say, x, y, array[0])
	defer func() { (*m["x"]).sum(); i.value(say) }()
	defer func() { defer func() { say("array ", array[2].sum()) }(); churn(); array[2] = list(115) }()
	x = list(116)
	p, m["y"] = nil, nil
	array[1] = list(117)
	leave(way)
}

// A frame variable that only a callee, which defers calls and panics, has the address of.
func lent(way int, say func(...any)) {
	l, r := list(120), list(121)
	defer func() { say("recovered ", recover() != nil) }()
	borrow(&l, &chain{hold: &r}, way, say)
	say("borrowed")
}

//go:noinline
func borrow(l **node, c *chain, way int, say func(...any)) {
	defer func() { churn(); say("l ", (*l).sum()) }()
	if way&1 != 0 {
		defer func() { say("r ", (*c.hold).sum()) }()
	}
	leave(way)
}

// The functions above at the same time, several of each; they say the same.
func together(names []string, tests []func(int, func(...any))) {
	var wg sync.WaitGroup
	said := make([][3]string, len(tests))
	for i, test := range tests {
		for j := range 3 {
			wg.Go(func() {
				for way := range ways {
					var inside sync.WaitGroup
					inside.Go(func() {
						defer func() { said[i][j] += fmt.Sprint(recover(), "\n") }()
						test(way, func(v ...any) { said[i][j] += fmt.Sprintln(v...); runtime.Gosched() })
					})
					inside.Wait()
				}
			})
		}
	}
	wg.Wait()
	for i, same := range said {
		if same[0] != same[1] || same[0] != same[2] {
			fmt.Println(names[i], "differs:", same)
		}
	}
}

func main() {
	debug.SetGCPercent(20)
	each("slots", slots)
	each("busy", busy)
	each("results", results)
	each("nested", nested)
	each("loops", loops)
	each("bodies", bodies)
	each("generic", func(way int, say func(...any)) { say(generic(way, way, say)) })
	each("generic", func(way int, say func(...any)) { say(generic(float64(way)/2, way, say)) })
	each("located", located)
	each("conditions", conditions)
	each("indirect", indirect)
	each("lent", lent)
	together([]string{"slots", "busy", "nested", "loops", "located", "conditions", "indirect", "lent"},
		[]func(int, func(...any)){slots, busy, nested, loops, located, conditions, indirect, lent})
	l := list(3)
	small(&l)
	small(&l)
	fmt.Println(l.sum())
}
