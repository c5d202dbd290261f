package main

import "fmt"

type bad struct{ n int }

func (b bad) Error() string { return fmt.Sprint("bad ", b.n) }

func main() {
	defer fmt.Println("deferred")
	panic(bad{7})
}
