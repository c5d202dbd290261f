// What programs see of package runtime.
package main

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"unique"
	"weak"
)

func where() string {
	_, file, line, ok := runtime.Caller(1)
	return fmt.Sprint(filepath.Base(file), ":", line, " ", ok)
}

func names() []string {
	pcs := make([]uintptr, 10)
	pcs = pcs[:runtime.Callers(1, pcs)]
	frames := runtime.CallersFrames(pcs)
	var names []string
	for {
		f, more := frames.Next()
		names = append(names, f.Function)
		if !more {
			return names
		}
	}
}

type T struct{ name string }

func (t *T) Names() []string { return names() }

//go:noinline
func finalizers(done chan string) {
	t := &T{"finalized"}
	runtime.SetFinalizer(t, func(t *T) (int, error) { done <- t.name; return 0, nil })
	u := &T{"cleaned"}
	runtime.AddCleanup(u, func(name string) { done <- name }, u.name)
	v := &T{"stopped"}
	runtime.AddCleanup(v, func(name string) { done <- name }, v.name).Stop()
}

func main() {
	fmt.Println(where())
	fmt.Println((&T{}).Names()[:3])
	fmt.Println(runtime.FuncForPC(func() uintptr { pc, _, _, _ := runtime.Caller(0); return pc }()).Name())
	fmt.Println(runtime.GOOS, runtime.GOARCH, runtime.Compiler, runtime.Version())
	fmt.Println(runtime.NumGoroutine(), runtime.GOMAXPROCS(0) > 0, runtime.NumCPU() > 0)
	fmt.Println(strings.HasPrefix(string(debug.Stack()), "goroutine 1 [running]:\nruntime/debug.Stack()"))

	// One finalizer and two cleanups, one of them stopped.
	done := make(chan string, 3)
	finalizers(done)
	got := map[string]bool{}
	for len(got) < 2 {
		runtime.GC()
		select {
		case s := <-done:
			got[s] = true
		default:
		}
	}
	fmt.Println(got)

	// Weak pointers and canonical values.
	p := &T{"weak"}
	w := weak.Make(p)
	fmt.Println(w.Value() == p, w.Value().name)
	runtime.KeepAlive(p)
	fmt.Println(unique.Make("a"+fmt.Sprint(1)) == unique.Make("a1"))

	// Coroutines.
	next, stop := iter.Pull(func(yield func(int) bool) {
		for i := 1; yield(i * i); i++ {
		}
	})
	for range 3 {
		v, ok := next()
		fmt.Print(v, ok, " ")
	}
	stop()
	fmt.Println(next())

	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println(m.Mallocs > 0, m.HeapAlloc > 0, m.NumGC > 0)
	old := debug.SetGCPercent(50)
	fmt.Println(old, debug.SetGCPercent(old))

	var wg sync.WaitGroup
	total := 0
	var mu sync.Mutex
	for i := range 100 {
		wg.Go(func() {
			for range 10 {
				runtime.Gosched()
			}
			mu.Lock()
			total += i
			mu.Unlock()
		})
	}
	wg.Wait()
	fmt.Println(total)
	defer fmt.Println("not printed")
	os.Exit(3)
}
