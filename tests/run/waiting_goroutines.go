// Where tracebacks and profiles say that goroutines wait: in the functions of package runtime that programs know under other names.
package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// top returns the state and the innermost call of each goroutine but the first, with the file's name.
func top() []string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	var all []string
	for _, g := range strings.Split(string(buf), "\n\n")[1:] {
		lines := strings.Split(g, "\n")
		_, state, _ := strings.Cut(lines[0], " [")
		call, _, _ := strings.Cut(lines[1], "(")
		file, _, _ := strings.Cut(filepath.Base(strings.TrimSpace(lines[2])), ":")
		all = append(all, strings.Trim(state, "]:")+": "+call+" "+file)
	}
	sort.Strings(all)
	return all
}

// profiled returns the calls in the goroutine profile that do not lie in this file, with their files' names.
func profiled() []string {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 1)
	seen := map[string]bool{}
	for _, line := range strings.Split(b.String(), "\n") {
		if f := strings.Fields(line); len(f) == 4 && f[0] == "#" {
			call, _, _ := strings.Cut(f[2], "+")
			file, _, _ := strings.Cut(filepath.Base(f[3]), ":")
			if strings.Contains(call, "runtime_") || call == "time.Sleep" {
				seen[call+" "+file] = true
			}
		}
	}
	var all []string
	for s := range seen {
		all = append(all, s)
	}
	sort.Strings(all)
	return all
}

func main() {
	var m sync.Mutex
	var rw sync.RWMutex
	var wg sync.WaitGroup
	m.Lock()
	rw.Lock()
	wg.Add(1)
	cond := sync.NewCond(new(sync.Mutex))
	var null chan int
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	r, _, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	go time.Sleep(time.Hour)
	go func() { m.Lock() }()
	go func() { rw.Lock() }()
	go func() { rw.RLock() }()
	go func() { wg.Wait() }()
	go func() { cond.L.Lock(); cond.Wait() }()
	go func() { <-null }()
	go func() { null <- 1 }()
	go func() {
		select {
		case <-null:
		case null <- 1:
		}
	}()
	go func() { select {} }()
	// One communication without alternative is no select.
	go func() {
		select {
		case v, ok := <-make(chan int):
			fmt.Println(v, ok)
		}
	}()
	go func() {
		select {
		case make(chan string) <- "x":
		}
	}()
	go listener.Accept()
	go r.Read(make([]byte, 1))
	waiting := top()
	for slices.ContainsFunc(waiting, func(s string) bool { return strings.HasPrefix(s, "run") }) {
		time.Sleep(time.Millisecond)
		waiting = top()
	}
	fmt.Println(strings.Join(waiting, "\n"))
	fmt.Println(strings.Join(profiled(), "\n"))

	single := make(chan int, 1)
	select {
	case single <- 4:
		fmt.Println("sent")
	}
	select {
	case v, ok := <-single:
		fmt.Println(v, ok)
	}
	close(single)
	select {
	case v, ok := <-single:
		fmt.Println(v, ok)
	}
	func() {
		defer func() {
			pcs := make([]uintptr, 20)
			frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
			frame, _ := frames.Next()
			for strings.HasPrefix(frame.Function, "runtime.") {
				frame, _ = frames.Next()
			}
			fmt.Println(recover(), frame.Line)
		}()
		select {
		case single <- 5:
		default:
		}
	}()

	// One that has not begun shows its function.
	runtime.GOMAXPROCS(1)
	before := len(top())
	go notBegun()
	for _, s := range top() {
		if strings.Contains(s, "notBegun") {
			fmt.Println(s, len(top())-before)
		}
	}
}

func notBegun() { select {} }
