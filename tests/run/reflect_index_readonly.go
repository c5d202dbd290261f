// The index slices that reflect hands out for fields share memory that nobody can change.
package main

import (
	"fmt"
	"reflect"
	"runtime/debug"
)

type pair struct{ a, B int }

func main() {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	field := reflect.TypeFor[pair]().Field(1)
	func() {
		defer func() { fmt.Println("writing panics:", recover() != nil) }()
		field.Index[0] = 7
	}()
	fmt.Println(field.Index, reflect.TypeFor[pair]().Field(1).Index)
	var boxed any = 200
	fmt.Println(boxed)
}
