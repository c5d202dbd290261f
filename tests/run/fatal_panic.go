// The text of an uncaught panic, with panics on the way.
package main

import (
	"errors"
	"fmt"
	"os"
)

type E struct{ code int }

func main() {
	defer fmt.Println("deferred call runs")
	defer func() {
		r := recover()
		fmt.Println("recovered", r)
		defer func() {
			panic(errors.New("third\nwith two lines"))
		}()
		panic(E{2})
	}()
	os.Stdout.WriteString("start\n")
	panic("first")
}
