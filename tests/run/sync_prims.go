// Package sync and sync/atomic under contention.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

type counter struct {
	mu sync.Mutex
	m  map[string]int
}

func (c *counter) inc(k string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m[k]++
}

func main() {
	c := counter{m: map[string]int{}}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 200 {
				c.inc([]string{"a", "b"}[i%2])
			}
		}()
	}
	wg.Wait()
	fmt.Println(c.m)
	var rw sync.RWMutex
	shared, reads := 0, atomic.Int64{}
	for i := range 20 {
		wg.Go(func() {
			for range 100 {
				if i%4 == 0 {
					rw.Lock()
					shared++
					rw.Unlock()
				} else {
					rw.RLock()
					_ = shared
					reads.Add(1)
					rw.RUnlock()
				}
				if i == 3 {
					runtime.Gosched()
				}
			}
		})
	}
	wg.Wait()
	fmt.Println(shared, reads.Load(), rw.TryLock(), rw.TryRLock())
	rw.Unlock()
	var once sync.Once
	n := 0
	for range 10 {
		wg.Go(func() { once.Do(func() { n++ }) })
	}
	wg.Wait()
	func() {
		defer func() { fmt.Println("once panicked:", recover()) }()
		var o sync.Once
		defer o.Do(func() { fmt.Println("not again") })
		o.Do(func() { panic("in once") })
	}()
	val := sync.OnceValue(func() int { n += 10; return n })
	fmt.Println(val(), val(), n)
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	queue := []int{}
	got := make(chan int, 100)
	for range 4 {
		go func() {
			for {
				mu.Lock()
				for len(queue) == 0 {
					cond.Wait()
				}
				v := queue[0]
				queue = queue[1:]
				mu.Unlock()
				got <- v
			}
		}()
	}
	for i := range 40 {
		mu.Lock()
		queue = append(queue, i)
		mu.Unlock()
		if i%2 == 0 {
			cond.Signal()
		} else {
			cond.Broadcast()
		}
	}
	sum := 0
	for range 40 {
		sum += <-got
	}
	fmt.Println(sum)
	var sm sync.Map
	for i := range 100 {
		wg.Go(func() { sm.Store(i%10, i); sm.LoadOrStore(i, "x") })
	}
	wg.Wait()
	cnt := 0
	sm.Range(func(k, v any) bool { cnt++; return true })
	_, ok := sm.Load(1000)
	sm.Delete(5)
	_, ok5 := sm.LoadAndDelete(5)
	v, loaded := sm.LoadOrStore("new", 1)
	fmt.Println(cnt, ok, ok5, v, loaded, sm.CompareAndSwap("new", 1, 2))
	pool := sync.Pool{New: func() any { return new([]byte) }}
	p := pool.Get().(*[]byte)
	pool.Put(p)
	fmt.Println(pool.Get() != nil)
	var i32 int32
	var u64 atomic.Uint64
	var b atomic.Bool
	var ptr atomic.Pointer[string]
	var av atomic.Value
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				atomic.AddInt32(&i32, 2)
				u64.Add(3)
				for {
					o := atomic.LoadInt32(&i32)
					if atomic.CompareAndSwapInt32(&i32, o, o-1) {
						break
					}
				}
			}
		})
	}
	wg.Wait()
	s := "str"
	ptr.Store(&s)
	av.Store([]int{1})
	fmt.Println(i32, u64.Load(), b.Swap(true), b.Load(), *ptr.Load(), av.Load(), b.CompareAndSwap(true, false))
	fmt.Println(u64.Or(1), u64.And(0xff), u64.Load(), atomic.SwapInt32(&i32, 5), i32)
	func() {
		defer func() { fmt.Println(recover()) }()
		av.Store("other type")
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		var w sync.WaitGroup
		w.Add(-1)
	}()
	fmt.Println(mu.TryLock(), mu.TryLock())
	mu.Unlock()
}
