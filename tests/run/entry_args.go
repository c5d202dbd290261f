// What is passed to a function of the runtime lives as long as the runtime needs it, also when the caller does not need it any more and
// a collection ends within the call. The program runs itself with collections that begin and end within almost any allocation; memory that
// is freed is overwritten then.
package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
	"unique"
	"weak"
)

type node struct {
	next *node
	pad  [100]byte
}

var sink *node

// work allocates, so that a collection may have begun.
func work(n int) {
	sink = nil
	for range n {
		sink = &node{next: sink}
	}
}

type value struct {
	i    int
	copy *int
}

//go:noinline
func made(i int) *value { return &value{i, &[]int{i}[0]} }

func (v *value) check(what string, i int) {
	if v == nil || v.i != i || *v.copy != i {
		fmt.Println("lost by", what, i)
		os.Exit(1)
	}
}

//go:noinline
func closure(what string, i int, wg *sync.WaitGroup) func() {
	v := made(i)
	return func() {
		v.check(what, i)
		wg.Done()
	}
}

func timers(wg *sync.WaitGroup, i int) {
	wg.Add(2)
	f := closure("AfterFunc", i, wg)
	work(i % 20)
	time.AfterFunc(time.Duration(i)*time.Microsecond, f)
	ctx, cancel := context.WithTimeout(context.Background(), time.Microsecond)
	f = closure("context.AfterFunc", i, wg)
	work(i % 20)
	context.AfterFunc(ctx, f)
	work(i % 3)
	<-ctx.Done()
	cancel()
	c := time.NewTicker(time.Microsecond).C
	work(i % 20)
	<-c
	<-c
}

func goroutines(wg *sync.WaitGroup, i int) {
	wg.Add(1)
	f := closure("go", i, wg)
	work(i % 20)
	go f()
	c := make(chan *value, i%2)
	d := make(chan chan *value, 1)
	v := made(i)
	work(i % 20)
	d <- c
	go func() { (<-d) <- v }()
	(<-c).check("chan", i)
	seq := func(yield func(*value) bool) {
		v := made(i)
		work(i % 20)
		_ = yield(v) && yield(made(i))
	}
	next, stop := iter.Pull(iter.Seq[*value](seq))
	for range 2 {
		v, _ := next()
		v.check("iter.Pull", i)
	}
	stop()
}

func handles(wg *sync.WaitGroup, i int) {
	v := made(i)
	work(i % 20)
	w := weak.Make(v)
	work(i % 20)
	w.Value().check("weak.Make", i)
	runtime.KeepAlive(v)
	if h := unique.Make(fmt.Sprint("handle", i)); h.Value() != fmt.Sprint("handle", i) {
		fmt.Println("lost by unique.Make", i)
	}
	arg := made(i)
	work(i % 20)
	runtime.AddCleanup(v, func(v *value) { v.check("AddCleanup", i) }, arg)
	o := made(i)
	work(i % 20)
	runtime.SetFinalizer(o, func(o *value) { o.check("SetFinalizer", i) })
	var pool sync.Pool
	v = made(i)
	work(i % 20)
	pool.Put(v)
	if v, ok := pool.Get().(*value); ok {
		v.check("sync.Pool", i)
	}
}

type pair struct{ a, b *value }

func values(i int) {
	full := []*value{made(i), made(i)}
	work(i % 20)
	for _, v := range append(full[:2:2], nil)[:2] {
		v.check("append", i)
	}
	s, t := strings.Repeat("s", 40+i), strings.Repeat("t", 40+i)
	work(i % 20)
	if u := s + t; strings.Count(u, "s") != 40+i || strings.Count(u, "t") != 40+i {
		fmt.Println("lost by concatenation", i)
	}
	b := []byte(strings.Repeat("b", 40+i))
	work(i % 20)
	r := []rune(string(b))
	work(i % 3)
	if u := string(r); len(u) != 40+i || strings.Count(u, "b") != 40+i {
		fmt.Println("lost by conversion", i)
	}
	p := pair{made(i), made(i)}
	work(i % 20)
	var boxed any = p
	work(i % 3)
	p = boxed.(pair)
	p.a.check("interface", i)
	p.b.check("interface", i)
	m := map[string]*value{}
	for j := range 20 {
		key, v := fmt.Sprint("key", j), made(i)
		work((i + j) % 7)
		m[key] = v
	}
	for j := range 20 {
		m[fmt.Sprint("key", j)].check("map", i)
	}
	for range 3 {
		v := made(i)
		work(i % 7)
		defer v.check("defer", i)
	}
}

func main() {
	if len(os.Args) == 1 {
		for _, every := range []string{"1", "3", "7", "11"} {
			cmd := exec.Command("/proc/self/exe", "child")
			cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "RGODEBUG=gc_poison=1,gc_stress="+every)
			out, err := cmd.CombinedOutput()
			fmt.Printf("%s%v\n", out, err)
		}
		return
	}
	for range 4 {
		var wg sync.WaitGroup
		for i := range 40 {
			timers(&wg, i)
			goroutines(&wg, i)
			handles(&wg, i)
			values(i)
		}
		wg.Wait()
	}
	fmt.Println("ok")
}
