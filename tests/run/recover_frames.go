// Which call of recover counts, and what runtime.Caller sees in deferred calls: frames that only pass a call on are not there.
package main

import (
	"fmt"
	"reflect"
	"runtime"
)

type hook struct{ name string }

func (h *hook) Run() { fmt.Println(h.name, recover()) }

type value struct{ name string }

func (v value) Run() { fmt.Println(v.name, recover()) }

type runner interface{ Run() }

func throughInterface(r runner) {
	defer r.Run()
	panic("interface")
}

func throughReflection(r runner) {
	defer reflect.ValueOf(r).Method(0).Interface().(func())()
	panic("method value")
}

func madeFunction() {
	made := reflect.MakeFunc(reflect.TypeOf(func() {}), func([]reflect.Value) []reflect.Value {
		fmt.Println("made", recover())
		return nil
	})
	defer made.Interface().(func())()
	panic("MakeFunc")
}

// recover that is deferred counts as called by the function that defers it.
func deferredRecover() {
	defer fmt.Println("not lost")
	defer func() {
		defer recover()
	}()
	panic("deferred")
}

func plainDeferredRecover() {
	defer func() { fmt.Println("outer", recover()) }()
	defer recover()
	panic("not recovered by defer recover()")
}

func line(skip int) int {
	_, _, line, _ := runtime.Caller(skip + 1)
	return line
}

func callerOfDeferred() {
	base := line(0)
	func() {
		defer func() { fmt.Println("returns:", line(1)-base) }()
	}()
	func() {
		defer func() { recover() }()
		defer func() { fmt.Println("panics:", line(2)-base) }()
		panic(1)
	}()
}

func emptyArrays(i int) (err any) {
	defer func() { err = recover() }()
	var a [0][2]int
	return a[i][0]
}

func nilArray() *[4]int { return nil }

func lengths(f func()) {
	defer func() { fmt.Println(recover() != nil) }()
	f()
}

func main() {
	throughInterface(&hook{"pointer"})
	throughInterface(value{"value"})
	throughReflection(&hook{"pointer"})
	throughReflection(value{"value"})
	madeFunction()
	deferredRecover()
	plainDeferredRecover()
	callerOfDeferred()
	fmt.Println(emptyArrays(1))
	lengths(func() { _ = len(*nilArray()) })
	lengths(func() { _ = len(nilArray()) })
	lengths(func() {
		for range *nilArray() {
		}
	})
	lengths(func() {
		for range nilArray() {
		}
	})
}
