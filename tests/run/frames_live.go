// What a frame no longer reads does not keep objects alive, and what it still reads does: locals, registers across calls, spills,
// parked goroutines, frames in the middle of a panic.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
	"weak"
)

type object struct {
	words [8]int
	next  *object
}

//go:noinline
func newObject(n int) *object {
	o := new(object)
	o.words[3] = n
	return o
}

// ended says whether the object of w has been collected.
//
//go:noinline
func ended(w weak.Pointer[object]) bool {
	runtime.GC()
	return w.Value() == nil
}

// A variable that is not read again.
func lastUse() {
	x := newObject(1)
	w := weak.Make(x)
	fmt.Println("in use:", ended(w))
	fmt.Println("value:", x.words[3])
	fmt.Println("after the last use:", ended(w))
}

// A variable that gets another value.
func assigned() {
	x := newObject(2)
	w := weak.Make(x)
	runtime.KeepAlive(x)
	x = nil
	fmt.Println("set to nil:", ended(w))
	x = newObject(3)
	w = weak.Make(x)
	fmt.Println("new value:", ended(w))
	runtime.KeepAlive(x)
	fmt.Println("kept alive until:", ended(w))
}

// A parameter.
//
//go:noinline
func parameter(x *object, w weak.Pointer[object]) {
	fmt.Println("parameter in use:", ended(w))
	x.words[0]++
	fmt.Println("parameter after use:", ended(w))
}

// More values than there are registers.
func spilled() {
	var ws [12]weak.Pointer[object]
	a, b, c, d := newObject(1), newObject(2), newObject(3), newObject(4)
	e, f, g, h := newObject(5), newObject(6), newObject(7), newObject(8)
	i, j, k, l := newObject(9), newObject(10), newObject(11), newObject(12)
	ws[0], ws[1], ws[2], ws[3] = weak.Make(a), weak.Make(b), weak.Make(c), weak.Make(d)
	ws[4], ws[5], ws[6], ws[7] = weak.Make(e), weak.Make(f), weak.Make(g), weak.Make(h)
	ws[8], ws[9], ws[10], ws[11] = weak.Make(i), weak.Make(j), weak.Make(k), weak.Make(l)
	count := func() int {
		runtime.GC()
		n := 0
		for i := range ws {
			if ws[i].Value() != nil {
				n++
			}
		}
		return n
	}
	fmt.Println("spilled:", count())
	sum := a.words[3] + b.words[3] + c.words[3] + d.words[3] + e.words[3] + f.words[3]
	fmt.Println("half of them:", count(), sum)
	sum += g.words[3] + h.words[3] + i.words[3]
	fmt.Println("three:", count(), sum)
	sum += j.words[3] + k.words[3] + l.words[3]
	fmt.Println("none:", count(), sum)
}

// A list whose head moves on.
func list() {
	var head *object
	var first weak.Pointer[object]
	for i := range 4 {
		o := newObject(i)
		o.next = head
		head = o
	}
	first = weak.Make(head)
	n := 0
	for o := head; o != nil; o = o.next {
		if n == 2 {
			fmt.Println("passed by:", ended(first))
		}
		n++
	}
	fmt.Println("length:", n)
}

// Registers that callees keep belong to whichever caller uses them.
//
//go:noinline
func through(depth int, x *object, w weak.Pointer[object]) int {
	if depth == 0 {
		fmt.Println("at the bottom:", ended(w))
		return 1
	}
	n := through(depth-1, newObject(depth), w)
	return n + x.words[3]
}

func kept() {
	x := newObject(100)
	w := weak.Make(x)
	n := through(40, newObject(7), w)
	fmt.Println("returned:", n, x.words[3])
	fmt.Println("afterwards:", ended(w))
}

// A goroutine that waits.
func parked() {
	ready, wake := make(chan weak.Pointer[object]), make(chan bool)
	var wg sync.WaitGroup
	wg.Go(func() {
		x, y := newObject(1), newObject(2)
		x.words[1] = 5
		ready <- weak.Make(x)
		ready <- weak.Make(y)
		<-wake
		fmt.Println("y:", y.words[3])
	})
	x, y := <-ready, <-ready
	for range 100 {
		if ended(x) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	fmt.Println("not used when woken:", x.Value() == nil, "used:", y.Value() == nil)
	wake <- true
	wg.Wait()
}

// A frame in which a panic is under way, and one that has recovered.
//
//go:noinline
func panics(x, y *object, wx, wy weak.Pointer[object]) (n int) {
	x.words[0]++
	defer func() {
		fmt.Println("while panicking:", ended(wx), ended(wy))
		recover()
		n = y.words[3]
	}()
	*(*int)(nil) = 0
	return 0
}

func recovers() {
	x, y := newObject(1), newObject(2)
	fmt.Println("recovered:", panics(x, y, weak.Make(x), weak.Make(y)))
}

// Cleanups and finalizers of objects in a frame that goes on.
func cleanups() {
	done := make(chan string, 2)
	x, y := newObject(1), newObject(2)
	runtime.AddCleanup(x, func(s string) { done <- s }, "cleanup")
	runtime.SetFinalizer(y, func(o *object) { done <- fmt.Sprint("finalizer ", o.words[3]) })
	got := map[string]bool{}
	for range 200 {
		runtime.GC()
		select {
		case s := <-done:
			got[s] = true
		case <-time.After(time.Millisecond):
		}
		if len(got) == 2 {
			break
		}
	}
	fmt.Println(got)
}

func main() {
	lastUse()
	assigned()
	o := newObject(9)
	parameter(o, weak.Make(o))
	spilled()
	list()
	kept()
	parked()
	recovers()
	cleanups()
}
