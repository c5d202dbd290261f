// Functions in assembly: arguments and results of all shapes, calls back into Go, panics and faults through them, variables
// and layouts that both sides know, and other goroutines at work meanwhile.
package main

import "fmt"

func Add(a, b int) int
func Both(s string, f float64, b []byte) (n int, g float64, last byte)
func callGo(x int) int
func fault(p *int) int
func spin(n int) int

func clobber()

// Changes every register while the caller has values in some.
//
//go:noinline
func keep(a, b, c, d, e, f int) int {
	clobber()
	return a + 2*b + 3*c + 5*d + 7*e + 11*f
}

// In assembly, calls itself.
func count(n int) int

// In assembly, calls upGo.
func up(n int) int

func upGo(n int) int {
	if n == 0 {
		return 0
	}
	return up(n-1) + 1
}

// With contents in assembly.
var (
	primes [4]int16
	name   string
)

var counter int
var table [4]int

type S struct {
	A int32
	B [3]int64
	C string
}

const K = 42

func big(s S) (S, int)

//go:noinline
func goFunc(x int) int {
	counter++
	if x == 7 {
		panic("seven")
	}
	return x * 2
}

func asmK() int

func main() {
	fmt.Println(Add(1, 2))
	fmt.Println(Both("hello", 2.5, []byte{1, 2, 3}))
	fmt.Println(callGo(5), counter)
	f := Add
	fmt.Println(f(10, 20))
	fmt.Println(asmK())
	s, n := big(S{1, [3]int64{2, 3, 4}, "str"})
	fmt.Println(s, n)
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		callGo(7)
	}()
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		fault(nil)
	}()
	done := make(chan bool)
	go func() { spin(1 << 28); done <- true }()
	for i := 0; i < 100; i++ {
		_ = make([]byte, 1<<16)
	}
	<-done
	fmt.Println(table)
	fmt.Println(keep(1, 2, 3, 4, 5, 6))
	deep := make(chan int)
	go func() { deep <- count(20000) + up(20000) }()
	fmt.Println(<-deep, count(3), up(4))
	fmt.Println(primes, name)
}
