// Reports of programs that die: what is printed of panics in progress, of values of all kinds, of goroutines at each level of
// GOTRACEBACK, and of signals. The program runs itself for each case and prints the report, without addresses and the frames of std.
package main

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"
)

type stringer struct{ s string }

func (s stringer) String() string { return "stringer " + s.s }

type failing struct{}

func (failing) Error() string { panic("Error fails") }

type failingValue struct{}

func (failingValue) String() string { panic(stringer{"x"}) }

type (
	myInt    int
	myString string
	myFloat  float32
	myBool   bool
	myCplx   complex64
	myStruct struct{ a, b int }
	myErr    struct{ error }
	inner    struct{}
	outer    struct{ *inner }
)

func (*inner) value()         {}
func (i inner) copied()       {}
func (outer) Method(x int)    { panic("in method") }
func (i *inner) pointer() int { return 1 }

type caller interface{ copied() }

func deep(n int) {
	if n == 0 {
		panic("deep")
	}
	deep(n - 1)
}

//go:noinline
func generic[T any](x T) { panic(x) }

func nested(levels int) {
	defer func() {
		if levels > 0 {
			nested(levels - 1)
		}
	}()
	panic(fmt.Sprint("level ", levels))
}

func park(c chan int) { <-c }

// parked starts park and waits until it waits.
func parked(c chan int) {
	go park(c)
	for buf := make([]byte, 1<<16); !strings.Contains(string(buf[:runtime.Stack(buf, true)]), "[chan receive"); {
		time.Sleep(time.Millisecond)
	}
}

func selfSignal(sig syscall.Signal) {
	syscall.Kill(os.Getpid(), sig)
	time.Sleep(10 * time.Second)
}

var cases = map[string]func(){
	"value nil":            func() { panic(nil) },
	"value error":          func() { panic(errors.New("an error\nof two lines")) },
	"value wrapped":        func() { panic(fmt.Errorf("%w: more", os.ErrNotExist)) },
	"value stringer":       func() { panic(stringer{"a"}) },
	"value pointer":        func() { panic(&stringer{"b"}) },
	"value string":         func() { panic("one\ntwo\n") },
	"value quote":          func() { panic(myString("q\"\n\x01é")) },
	"value int":            func() { panic(-7) },
	"value uint8":          func() { panic(uint8(200)) },
	"value uintptr":        func() { panic(uintptr(77)) },
	"value float":          func() { panic(1.5e300) },
	"value myint":          func() { panic(myInt(3)) },
	"value myfloat":        func() { panic(myFloat(2.25)) },
	"value mybool":         func() { panic(myBool(true)) },
	"value mycomplex":      func() { panic(myCplx(complex(1, -2))) },
	"value complex":        func() { panic(complex(1, -2)) },
	"value bool":           func() { panic(false) },
	"value struct":         func() { panic(myStruct{1, 2}) },
	"value slice":          func() { panic([]int{1}) },
	"value func":           func() { panic(func() {}) },
	"value embedded error": func() { panic(myErr{errors.New("inside")}) },
	"value nil error":      func() { panic((*myErr)(nil)) },
	"value failing":        func() { panic(failing{}) },
	"value failing value":  func() { panic(failingValue{}) },
	"value generic":        func() { generic(myStruct{1, 2}) },
	"runtime type assertion": func() {
		var x any = 1
		_ = x.(fmt.Stringer)
	},
	"runtime map": func() { var m map[string]int; m["a"] = 1 },
	"runtime unhashable": func() {
		m := map[any]int{}
		m[[]int{1}] = 2
	},
	"runtime uncomparable": func() {
		var a, b any = []int{1}, []int{1}
		fmt.Println(a == b)
	},
	"runtime wrapper": func() {
		callers := []caller{inner{}, (*inner)(nil)}
		callers[len(os.Args)-1].copied()
	},
	"runtime array pointer": func() { s := []int{1}; _ = [2]int(s) },
	"runtime makeslice":     func() { n := -1; _ = make([]int, n) },
	"runtime shift":         func() { n := -1; fmt.Println(1 << n) },
	"nested":                func() { nested(3) },
	"recovered and raised again": func() {
		defer func() { panic(recover()) }()
		panic("again")
	},
	"recovered and raised another": func() {
		defer func() { recover(); panic("other") }()
		panic("one")
	},
	"raised again twice": func() {
		defer func() { panic(recover()) }()
		defer func() { panic(recover()) }()
		panic("again")
	},
	"same value while panicking": func() {
		e := errors.New("same")
		defer func() { panic(e) }()
		panic(e)
	},
	"goexit": func() {
		go func() { time.Sleep(time.Millisecond) }()
		runtime.Goexit()
	},
	"goexit then panic": func() {
		defer func() { panic("after goexit") }()
		runtime.Goexit()
	},
	"goexit in panic": func() {
		done := make(chan bool)
		go func() {
			defer close(done)
			defer runtime.Goexit()
			panic("forgotten")
		}()
		<-done
		panic("seen")
	},
	"fatal in panic": func() {
		defer new(sync.Mutex).Unlock()
		panic(stringer{"not asked"})
	},
	"fatal in nested panics": func() {
		defer func() {
			defer new(sync.RWMutex).RUnlock()
			panic(errors.New("second"))
		}()
		panic("first")
	},
	"go of nil": func() { var f func(); go f(); select {} },
	"go of nil with argument": func() {
		var f func(int)
		go f(1)
		select {}
	},
	"coroutine locked": func() {
		next, _ := iter.Pull(func(yield func(int) bool) { yield(1) })
		runtime.LockOSThread()
		next()
	},
	"breakpoint": runtime.Breakpoint,
	"method value": func() {
		f := outer{}.Method
		f(1)
	},
	"deep":       func() { deep(120) },
	"level none": func() { panic("level") },
	"level 0":    func() { panic("level") },
	"level single": func() {
		parked(nil)
		panic("level")
	},
	"level all": func() {
		parked(nil)
		panic("level")
	},
	"level 1": func() {
		parked(make(chan int))
		panic("level")
	},
	"level wer": func() { panic("level") },
	"level set": func() {
		debug.SetTraceback("all")
		parked(make(chan int))
		panic("level")
	},
	"fatal shows all": func() {
		parked(nil)
		new(sync.Mutex).Unlock()
	},
	"locked to thread": func() {
		runtime.LockOSThread()
		panic("locked")
	},
	"signal quit":   func() { selfSignal(syscall.SIGQUIT) },
	"signal abrt":   func() { selfSignal(syscall.SIGABRT) },
	"signal segv":   func() { selfSignal(syscall.SIGSEGV) },
	"signal stkflt": func() { selfSignal(syscall.SIGSTKFLT) },
	"signal term":   func() { selfSignal(syscall.SIGTERM) },
	"deadlock":      func() { select {} },
	"crash output": func() { // to standard output only
		debug.SetCrashOutput(os.Stdout, debug.CrashOptions{})
		syscall.Close(2)
		panic("to two places")
	},
}

var (
	address = regexp.MustCompile(`0x[0-9a-f]+`)
	system  = regexp.MustCompile(`\[(force gc|GC|finalizer|GOMAXPROCS|runnable|cleanup)`)
	number  = regexp.MustCompile(`goroutine [0-9]+`)
	thread  = regexp.MustCompile(` m=[0-9]+ `)
)

// report leaves of a report what does not differ between runs.
func report(text string) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	traceback, last := false, ""
	for i, line := range lines {
		if strings.HasPrefix(line, "goroutine ") {
			traceback = true
			if strings.HasPrefix(line, "goroutine 0 ") || system.MatchString(line) {
				continue // which thread takes a signal is a matter of luck
			}
			line, _, _ = strings.Cut(line, "gp=")
			if _, state, ok := strings.Cut(lines[i], "["); ok && !strings.Contains(line, "[") {
				// What takes the signal may be another thread, when this one sleeps already.
				line += "[" + strings.Replace(state, "sleep", "running", 1)
			}
			fmt.Println("\t" + number.ReplaceAllString(line, "goroutine N"))
			continue
		}
		if traceback {
			if strings.HasPrefix(line, "main.") || strings.HasPrefix(line, "panic(") || strings.HasPrefix(line, "...") {
				name, _, _ := strings.Cut(line, "(0x")
				name, _, _ = strings.Cut(name, "({")
				name = strings.TrimSuffix(strings.TrimSuffix(name, "(...)"), "()")
				if name != last {
					fmt.Println("\t\t" + name)
				}
				last = name
			}
			continue
		}
		if line == "runtime stack:" {
			traceback = true
		} else if line != "" {
			fmt.Println("\t" + thread.ReplaceAllString(address.ReplaceAllString(line, "0x"), " m=N "))
		}
	}
}

func main() {
	if len(os.Args) > 1 {
		cases[os.Args[1]]()
		return
	}
	names := make([]string, 0, len(cases))
	for name := range cases {
		names = append(names, name)
	}
	results := make(map[string]*exec.Cmd)
	outputs := make(map[string]*strings.Builder)
	tokens := make(chan bool, 8)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, name := range names {
		tokens <- true
		wg.Go(func() {
			var out strings.Builder
			cmd := exec.Command(os.Args[0], name)
			level, ok := strings.CutPrefix(name, "level ")
			if ok && level != "set" {
				cmd.Env = append(os.Environ(), "GOTRACEBACK="+level)
			}
			cmd.Stderr, cmd.Stdout = &out, &out
			cmd.Run()
			mu.Lock()
			results[name], outputs[name] = cmd, &out
			mu.Unlock()
			<-tokens
		})
	}
	wg.Wait()
	for _, name := range sorted(names) {
		fmt.Printf("%s: %v\n", name, results[name].ProcessState)
		report(outputs[name].String())
	}
}

func sorted(names []string) []string {
	for i := range names {
		for j := i; j > 0 && names[j] < names[j-1]; j-- {
			names[j], names[j-1] = names[j-1], names[j]
		}
	}
	return names
}
