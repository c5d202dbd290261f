// What package runtime tells: callers, stacks, goroutine counts, build information, function names.
package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

type T struct{}

func (T) value() string    { return where() }
func (*T) pointer() string { return where() }

//go:noinline
func where() string {
	pc, file, line, ok := runtime.Caller(1)
	return fmt.Sprint(runtime.FuncForPC(pc).Name(), " ", filepath.Base(file), ":", line, " ", ok)
}

func inlined() string { return where() }

func generic[X any](X) string { return where() }

func frames(skip int) (names []string) {
	pcs := make([]uintptr, 20)
	n := runtime.Callers(skip, pcs)
	fs := runtime.CallersFrames(pcs[:n])
	for {
		f, more := fs.Next()
		names = append(names, fmt.Sprint(f.Function, ":", f.Line))
		if !more || f.Function == "main.main" {
			return
		}
	}
}

func a() []string { return b() }
func b() []string { return func() []string { return frames(1) }() }

func main() {
	fmt.Println(where())
	fmt.Println(T{}.value())
	fmt.Println((&T{}).pointer())
	fmt.Println(inlined())
	fmt.Println(func() string { return where() }())
	fmt.Println(generic(1))
	f := T{}.value
	fmt.Println(f())
	for _, n := range a() {
		fmt.Println(n)
	}
	func() {
		defer func() {
			recover()
			for _, n := range frames(2) {
				if strings.HasPrefix(n, "main.") {
					fmt.Println("panic:", n)
				}
			}
		}()
		var p *T
		_ = *nil2()
		_ = p
	}()
	stack := string(debug.Stack())
	fmt.Println(strings.HasPrefix(stack, "goroutine 1 [running]:\n"), strings.Contains(stack, "main.main()"), strings.Contains(stack, "runtime_info.go:"))
	buf := make([]byte, 1<<16)
	n := runtime.Stack(buf, true)
	fmt.Println(n > 0, strings.Contains(string(buf[:n]), "main.main"))
	before := runtime.NumGoroutine()
	c := make(chan int)
	go func() { <-c }()
	go func() { <-c }()
	fmt.Println(runtime.NumGoroutine() - before)
	close(c)
	fmt.Println(runtime.GOOS, runtime.GOARCH, runtime.Compiler != "", strings.HasPrefix(runtime.Version(), "go1.27"), runtime.NumCPU() > 0, runtime.GOMAXPROCS(0) > 0)
	runtime.GC()
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	fmt.Println(ms.NumGC > 0, ms.HeapAlloc > 0, ms.Sys > 0)
	old := debug.SetGCPercent(50)
	fmt.Println(old, debug.SetGCPercent(old))
	_, _, _, ok := runtime.Caller(100)
	fmt.Println(ok, runtime.FuncForPC(0) == nil)
	runtime.LockOSThread()
	runtime.UnlockOSThread()
	bi, ok := debug.ReadBuildInfo()
	fmt.Println(ok, bi != nil && bi.GoVersion != "")
	// What Stack writes is not a matter of GOTRACEBACK.
	debug.SetTraceback("system")
	all := string(buf[:runtime.Stack(buf, true)])
	fmt.Println(strings.Contains(all, " fp=0x"), strings.Contains(all, " gp=0x"), strings.Contains(all, "runtime.main("))
}

//go:noinline
func nil2() *int { return nil }
