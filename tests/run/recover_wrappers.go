// recover through calls that the compiler and reflect make on the program's behalf: defer recover(), deferred method values
// and functions of reflect. Callers and tracebacks do not show them.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

type T struct{ name string }

func (t T) M()  { fmt.Println(t.name, recover(), callers()) }
func (t *T) P() { fmt.Println(t.name, recover(), callers()) }

// callers lists the functions above the caller, up to main.main.
func callers() string {
	var pcs [30]uintptr
	n := runtime.Callers(3, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	var names []string
	for {
		f, more := frames.Next()
		names = append(names, f.Function)
		if !more || f.Function == "main.main" {
			return strings.Join(names, " ")
		}
	}
}

func deferRecover() {
	defer func() { fmt.Println("outer", recover()) }()
	defer func() { defer recover() }()
	panic(1)
}

func deferRecoverDirect() {
	defer func() { fmt.Println("outer", recover()) }()
	defer recover() // called by panic, not by a deferred function
	panic(2)
}

func methods() {
	t := &T{"t"}
	for i, f := range []func(){
		t.M, t.P,
		reflect.ValueOf(t).Method(0).Interface().(func()),
		reflect.ValueOf(t).Method(1).Interface().(func()),
		reflect.MakeFunc(reflect.TypeFor[func()](), func([]reflect.Value) []reflect.Value {
			fmt.Println("made", recover())
			return nil
		}).Interface().(func()),
	} {
		func() {
			defer f()
			panic(i)
		}()
	}
	func() {
		defer reflect.TypeOf(t).Method(0).Func.Interface().(func(*T))(t)
		panic("expression")
	}()
	func() {
		var i interface{ M() } = t
		defer i.M()
		panic("interface")
	}()
}

func line() (n int) {
	defer func() { _, _, n, _ = runtime.Caller(1) }()
	return 0 // the deferred call is made here
}

func main() {
	deferRecover()
	deferRecoverDirect()
	methods()
	fmt.Println(line() > 60)
}
