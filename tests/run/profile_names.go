// What profiles call the runtime's functions, and what they show them under: CPU, block, mutex, goroutine.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"time"
)

// fields calls f with the fields of a protocol buffer: numbers and byte strings.
func fields(b []byte, f func(field int, n uint64, text []byte)) {
	for len(b) > 0 {
		key, k := binary.Uvarint(b)
		n, l := binary.Uvarint(b[k:])
		b = b[k+l:]
		if key&7 == 2 {
			f(int(key>>3), 0, b[:n])
			b = b[n:]
		} else {
			f(int(key>>3), n, nil)
		}
	}
}

func numbers(b []byte) (list []uint64) {
	for len(b) > 0 {
		n, k := binary.Uvarint(b)
		list = append(list, n)
		b = b[k:]
	}
	return
}

// stacks returns the names of the functions of each sample, the innermost first, and how often it was seen.
func stacks(profile []byte) (list [][]string, counts []uint64) {
	z, err := gzip.NewReader(bytes.NewReader(profile))
	if err != nil {
		panic(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		panic(err)
	}
	var texts []string
	var samples [][]uint64
	names := map[uint64]uint64{}       // function -> text
	functions := map[uint64][]uint64{} // location -> functions
	fields(raw, func(field int, _ uint64, text []byte) {
		var id uint64
		switch field {
		case 2:
			var locations, values []uint64
			fields(text, func(field int, n uint64, list []byte) {
				if field == 1 {
					locations = append(locations, append(numbers(list), n)[:max(1, len(numbers(list)))]...)
				}
				if field == 2 {
					values = append(values, append(numbers(list), n)[:max(1, len(numbers(list)))]...)
				}
			})
			samples = append(samples, locations)
			counts = append(counts, values[0])
		case 4:
			var calls []uint64
			fields(text, func(field int, n uint64, line []byte) {
				if field == 1 {
					id = n
				}
				if field == 4 {
					fields(line, func(field int, n uint64, _ []byte) {
						if field == 1 {
							calls = append(calls, n)
						}
					})
				}
			})
			functions[id] = calls
		case 5:
			fields(text, func(field int, n uint64, _ []byte) {
				if field == 1 {
					id = n
				}
				if field == 2 {
					names[id] = n
				}
			})
		case 6:
			texts = append(texts, string(text))
		}
	})
	for _, locations := range samples {
		var stack []string
		for _, location := range locations {
			for _, function := range functions[location] {
				stack = append(stack, texts[names[function]])
			}
		}
		list = append(list, stack)
	}
	return
}

// isPrefix: an element of want may leave the end of the name open with a star.
func isPrefix(stack, want []string) bool {
	for i, name := range want {
		if i >= len(stack) {
			return false
		}
		if open, ok := strings.CutSuffix(name, "*"); !(stack[i] == name || ok && strings.HasPrefix(stack[i], open)) {
			return false
		}
	}
	return true
}

func containsCalls(stack, want []string) bool {
	for i := range stack {
		if isPrefix(stack[i:], want) {
			return true
		}
	}
	return false
}

//go:noinline
func send(c chan int, n int) {
	for i := range n {
		c <- i
	}
	c <- -1
}

//go:noinline
func receive(c chan int) (n int) {
	for <-c >= 0 {
		n++
	}
	return
}

type node struct {
	next *node
	data [20]int
}

var list *node

//go:noinline
func allocate(n int) {
	list = nil
	for range n {
		list = &node{next: list}
	}
}

var from, to = make([]byte, 1<<16), make([]byte, 1<<16)

//go:noinline
func move(n int) {
	for range n {
		copy(to, from)
	}
}

//go:noinline
func choose(a, b chan int) int {
	select {
	case n := <-a:
		return n
	case n := <-b:
		return n
	}
}

func cpu() {
	wanted := map[string][]string{
		"send":     {"runtime.chansend1", "main.send"},
		"receive":  {"runtime.chanrecv1", "main.receive"},
		"allocate": {"runtime.newobject", "main.allocate"},
		"move":     {"runtime.memmove", "main.move"},
		"schedule": {"runtime.schedule"},
		"root":     {"runtime.mcall"},
	}
	var all, unknown uint64
	for start := time.Now(); len(wanted) > 0 && time.Since(start) < 20*time.Second; {
		var b bytes.Buffer
		if err := pprof.StartCPUProfile(&b); err != nil {
			panic(err)
		}
		for round := time.Now(); time.Since(round) < 200*time.Millisecond; {
			c := make(chan int)
			go send(c, 3000)
			receive(c)
			allocate(10000)
			move(100)
		}
		pprof.StopCPUProfile()
		list, counts := stacks(b.Bytes())
		for i, stack := range list {
			all += counts[i]
			switch stack[0] {
			case "runtime._System", "runtime._GC", "runtime._ExternalCode":
				unknown += counts[i]
			}
			for what, want := range wanted {
				if containsCalls(stack, want) {
					delete(wanted, what)
				}
			}
		}
	}
	fmt.Println("cpu: missing", wanted, "unknown", unknown > all/4)
}

func find(profile string, wanted ...[]string) {
	var b bytes.Buffer
	if err := pprof.Lookup(profile).WriteTo(&b, 0); err != nil {
		panic(err)
	}
	list, _ := stacks(b.Bytes())
	for _, want := range wanted {
		found := slices.ContainsFunc(list, func(stack []string) bool { return isPrefix(stack, want) })
		fmt.Println(profile, want, found)
		for _, stack := range list {
			if !found {
				fmt.Println("\t", stack)
			}
		}
	}
}

//go:noinline
func lock(mu *sync.Mutex) {
	mu.Lock()
	defer mu.Unlock()
	time.Sleep(2 * time.Millisecond)
}

//go:noinline
func waitCond(c *sync.Cond) {
	c.L.Lock()
	c.Wait()
	c.L.Unlock()
}

func waiting() {
	runtime.SetBlockProfileRate(1)
	runtime.SetMutexProfileFraction(1)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 4 {
		wg.Go(func() { lock(&mu) })
	}
	wg.Wait()
	c, d := make(chan int), make(chan int)
	soon := func(f func()) {
		go func() {
			time.Sleep(time.Millisecond)
			f()
		}()
	}
	soon(func() { c <- -1 })
	receive(c)
	soon(func() { d <- 1 })
	choose(c, d)
	soon(func() { <-c })
	send(c, 0)
	cond := sync.NewCond(new(sync.Mutex))
	soon(func() {
		cond.L.Lock()
		cond.Broadcast()
		cond.L.Unlock()
	})
	waitCond(cond)
	find("block", []string{"runtime.chanrecv1", "main.receive", "main.waiting"}, []string{"runtime.selectgo", "main.choose", "main.waiting"},
		[]string{"runtime.chansend1", "main.send", "main.waiting"}, []string{"sync.(*Mutex).Lock", "main.lock"},
		[]string{"sync.(*Cond).Wait", "main.waitCond", "main.waiting"}, []string{"sync.(*WaitGroup).Wait", "main.waiting"})
	find("mutex", []string{"sync.(*Mutex).Unlock", "main.lock"})

	// One program counter for each call.
	var records [50]runtime.BlockProfileRecord
	n, _ := runtime.MutexProfile(records[:])
	for _, r := range records[:n] {
		var stack []string
		for _, pc := range r.Stack() {
			stack = append(stack, runtime.FuncForPC(pc-1).Name())
		}
		if slices.Contains(stack, "main.lock") {
			fmt.Println("records", stack[0], stack[1], stack[len(stack)-1])
			break
		}
	}
}

func goroutines() {
	c, d := make(chan int), make(chan int)
	var wg sync.WaitGroup
	wg.Add(1)
	go receive(c)
	go send(d, 0)
	go choose(c, c)
	go wg.Wait()
	go time.Sleep(time.Hour)
	obj := &node{}
	inFinalizer := make(chan int)
	runtime.SetFinalizer(obj, func(*node) {
		close(inFinalizer)
		receive(c)
	})
	obj = nil
	for done := false; !done; {
		runtime.GC()
		select {
		case <-inFinalizer:
			done = true
		case <-time.After(time.Millisecond):
		}
	}
	time.Sleep(10 * time.Millisecond)
	find("goroutine", []string{"runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1", "main.receive"},
		[]string{"runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1", "main.receive", "main.goroutines.func*"},
		[]string{"runtime.gopark", "runtime.chansend", "runtime.chansend1", "main.send"},
		[]string{"runtime.gopark", "runtime.selectgo", "main.choose"},
		[]string{"runtime.gopark", "time.Sleep"})
}

func main() {
	cpu()
	waiting()
	goroutines()
}
