// Callers: one program counter for each call, inlined or not; what FuncForPC and CallersFrames make of them.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

var pcs [32]uintptr

func inner(skip int) int { return runtime.Callers(skip, pcs[:]) }
func middle(skip int) int { return inner(skip) }

//go:noinline
func outer(skip int) int { return middle(skip) }

type T struct{}

func (T) method() string {
	_, file, line, ok := runtime.Caller(1)
	return fmt.Sprint(file[strings.LastIndex(file, "/")+1:], ":", line, " ", ok)
}

func caller() string { return T{}.method() }

func main() {
	for skip := 0; skip < 8; skip++ {
		n := outer(skip)
		var direct, frames []string
		for _, pc := range pcs[:n] {
			direct = append(direct, runtime.FuncForPC(pc-1).Name())
		}
		for iter := runtime.CallersFrames(pcs[:n]); n > 0; {
			frame, more := iter.Next()
			frames = append(frames, frame.Function)
			if !more {
				break
			}
		}
		fmt.Println(skip, n, direct)
		fmt.Println(skip, frames)
	}
	var two [2]uintptr
	func() { fmt.Println(runtime.Callers(1, two[:])) }()
	fmt.Println(caller())
	var i interface{ method() string } = T{}
	fmt.Println(i.method())
	defer func() {
		recover()
		n := middle(1)
		for iter := runtime.CallersFrames(pcs[:n]); ; {
			frame, more := iter.Next()
			if !strings.HasPrefix(frame.Function, "runtime.") {
				fmt.Println(frame.Function, frame.Line)
			}
			if !more {
				break
			}
		}
	}()
	var m map[string]int
	m["a"] = 1
}
