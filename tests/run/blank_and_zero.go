// Blank fields stay zero, whatever a literal gives them; variables without size have one address; unsafe.Pointer has a package.
package main

import (
	"fmt"
	"reflect"
	"unsafe"
)

type blank struct{ a, _, c int }

var static = blank{1, 2, 3}

func effect(n int) int { fmt.Println("effect", n); return n }

var x, y [0]byte
var p, q = &[0]byte{}, new([0]byte)

func zeroSized() {
	fmt.Println(p == q, &x == p, &y == p)
}

func main() {
	n := 7
	local := blank{n, effect(5), n}
	fmt.Println(reflect.ValueOf(static).Field(1).Int(), reflect.ValueOf(local).Field(1).Int())
	fmt.Println(static == blank{1, 9, 3}, local == blank{n, 0, n})
	fmt.Println(reflect.ValueOf(&blank{n, effect(6), 8}).Elem().Field(1).Int())
	zeroSized()
	fmt.Println(reflect.TypeOf(unsafe.Pointer(nil)).PkgPath(), reflect.TypeOf(unsafe.Pointer(nil)).NumMethod())
}
