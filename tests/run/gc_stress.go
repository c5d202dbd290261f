// The collector under load: interior pointers, maps, channels, closures, finished goroutines, big and small objects.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

type cell struct {
	next  *cell
	val   int
	inner [3]int
	any   any
	f     func() int
	m     map[string]*cell
}

func list(n int) *cell {
	var head *cell
	for i := range n {
		c := &cell{next: head, val: i}
		c.any = &c.inner[1]
		c.f = func() int { return c.val * 2 }
		if i%10 == 0 {
			c.m = map[string]*cell{"self": c, "prev": head}
		}
		head = c
	}
	return head
}

func verify(c *cell, n int) bool {
	for i := n - 1; i >= 0; i-- {
		if c.val != i || c.f() != 2*i || c.any.(*int) != &c.inner[1] {
			return false
		}
		if c.m != nil && (c.m["self"] != c || c.m["prev"] != c.next) {
			return false
		}
		c = c.next
	}
	return c == nil
}

//go:noinline
func interior() (*int, *byte, string) {
	a := &[1000]int{500: 42}
	b := make([]byte, 100000)
	b[99999] = 7
	s := strings.Repeat("abc", 1000)
	return &a[500], &b[99999], s[2997:]
}

func main() {
	debug.SetGCPercent(20)
	p, q, s := interior()
	var wg sync.WaitGroup
	results := make(chan bool, 100)
	for g := range 8 {
		wg.Go(func() {
			keep := list(500 + g)
			for range 20 {
				tmp := list(300)
				if !verify(tmp, 300) {
					results <- false
				}
				if g == 0 {
					runtime.GC()
				}
			}
			results <- verify(keep, 500+g)
		})
	}
	pipe := make(chan *cell, 10)
	wg.Go(func() {
		for i := range 2000 {
			pipe <- &cell{val: i, next: &cell{val: -i}}
		}
		close(pipe)
	})
	wg.Go(func() {
		sum := 0
		for c := range pipe {
			sum += c.val + c.next.val
		}
		results <- sum == 0
	})
	wg.Wait()
	close(results)
	n, ok := 0, true
	for r := range results {
		n++
		ok = ok && r
	}
	fmt.Println(n, ok, *p, *q, s)
	big := map[int][]string{}
	for i := range 20000 {
		k := i % 500
		big[k] = append(big[k], fmt.Sprint(i))
		if len(big[k]) > 20 {
			delete(big, k)
		}
	}
	runtime.GC()
	total := 0
	for k, v := range big {
		for _, s := range v {
			var x int
			fmt.Sscan(s, &x)
			if x%500 != k {
				panic("corrupt")
			}
			total++
		}
	}
	fmt.Println(total)
	deep := func() (f func(int) *cell) {
		f = func(d int) *cell {
			c := &cell{val: d}
			if d > 0 {
				c.next = f(d - 1)
			}
			if d%1000 == 0 {
				runtime.GC()
			}
			return c
		}
		return
	}()(5000)
	for d := 5000; d >= 0; d-- {
		if deep.val != d {
			panic("deep")
		}
		deep = deep.next
	}
	fmt.Println("done")
}
