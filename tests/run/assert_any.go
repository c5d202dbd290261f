// Assertions to the empty interface: everything but nil holds.
package main

import (
	"fmt"
	"io"
	"os"
)

type empty interface{}

func must(x io.Writer) (err any) {
	defer func() {
		if r := recover(); r != nil {
			err = r
		}
	}()
	_ = x.(any)
	return "holds"
}

func mustEmpty(x any) (err any) {
	defer func() {
		if r := recover(); r != nil {
			err = r
		}
	}()
	_ = x.(empty)
	return "holds"
}

func main() {
	var s struct{ W io.Writer }
	s.W = os.Stdout
	var v any = os.Stdout
	x := s.W.(any)
	fmt.Println(v == x, v != s.W.(any))
	y, ok := s.W.(any)
	fmt.Println(y == v, ok)
	var none io.Writer
	_, ok = none.(any)
	fmt.Println(ok, must(s.W), must(none))
	fmt.Println(mustEmpty(1), mustEmpty(nil))
	switch z := s.W.(type) {
	case interface{ Nothing() }:
		fmt.Println("no")
	case any:
		fmt.Println(z == v)
	}
	switch z := v.(type) {
	case empty:
		fmt.Println(z == x)
	}
}
