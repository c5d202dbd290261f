// Weak pointers, cleanups and finalizers of many objects, asked for while collections mark and sweep.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"weak"
)

type object struct {
	id   int
	next *object
	pad  [4]int
}

const n = 20_000

func make1(i int, cleaned, finalized *atomic.Int64) (*object, weak.Pointer[object]) {
	o := &object{id: i, pad: [4]int{i, i, i, i}}
	runtime.AddCleanup(o, func(int) { cleaned.Add(1) }, i)
	if i%5 == 0 {
		o.next = &object{id: -i}
		runtime.SetFinalizer(o, func(o *object) {
			if o.next.id != -o.id || o.pad[3] != o.id {
				fmt.Println("finalizer saw", o.id, o.next.id, o.pad)
			}
			finalized.Add(1)
		})
	}
	return o, weak.Make(o)
}

//go:noinline
func fill(strong []*object, handles []weak.Pointer[object], cleaned, finalized *atomic.Int64) {
	for i := range n {
		strong[i], handles[i] = make1(i, cleaned, finalized)
	}
}

func main() {
	var cleaned, finalized atomic.Int64
	strong := make([]*object, n)
	handles := make([]weak.Pointer[object], n)
	fill(strong, handles, &cleaned, &finalized)
	var stop atomic.Bool
	var wg sync.WaitGroup
	for g := range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := g; !stop.Load(); i = (i + 7) % n {
				if o := handles[i].Value(); o != nil && (o.id != i || o.pad[0] != i || o.pad[3] != i) {
					fmt.Println("a weak pointer led to", o.id, o.pad, "instead of", i)
					return
				}
				if i%1000 == 0 {
					runtime.Gosched()
				}
			}
		}()
	}
	for round := range 5 {
		for i := range strong {
			if i%7 == round {
				strong[i] = nil
			}
		}
		runtime.GC()
	}
	stop.Store(true)
	wg.Wait()
	for range 100 {
		runtime.GC()
		time.Sleep(time.Millisecond)
		if cleaned.Load() > n*5/7-100 && finalized.Load() > n/7-100 {
			break
		}
	}
	alive, dead := 0, 0
	for i, o := range strong {
		switch got := handles[i].Value(); {
		case o != nil && got == o:
			alive++
		case o == nil && got == nil:
			dead++
		case o != nil:
			fmt.Println("a live object's weak pointer is", got)
		}
	}
	fmt.Println("alive", alive == n-n/7*5-min(n%7, 5), "dead", dead > n*5/7-100)
	fmt.Println("cleaned", cleaned.Load() > n*5/7-100, "finalized", finalized.Load() > n/7-100)
	runtime.KeepAlive(strong)
}
