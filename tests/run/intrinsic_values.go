// Functions the compiler replaces by instructions, used as values, deferred, started as goroutines and through reflection.
package main

import (
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
)

var order []string

func note(s string) int32 {
	order = append(order, s)
	return 1
}

func target(s string, p *int32) *int32 {
	order = append(order, s)
	return p
}

func main() {
	var n32 int32
	var n64 int64
	add := atomic.AddInt32
	load := atomic.LoadInt64
	cas := atomic.CompareAndSwapInt32
	fmt.Println(add(&n32, 5), add(&n32, -7), n32)
	fmt.Println(cas(&n32, 3, 4), cas(&n32, -2, 9), n32)

	ops := map[string]func(*int64, int64) int64{
		"add": atomic.AddInt64, "swap": atomic.SwapInt64, "and": atomic.AndInt64, "or": atomic.OrInt64,
	}
	for _, name := range []string{"add", "swap", "or", "and"} {
		r := ops[name](&n64, 6)
		fmt.Println(name, r, load(&n64))
	}

	func() {
		defer atomic.StoreInt32(&n32, 77)
		fmt.Println("before", n32)
	}()
	fmt.Println("after", n32)

	var wg sync.WaitGroup
	for range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer atomic.AddInt64(&n64, 2)
		}()
	}
	wg.Wait()
	fmt.Println(n64)

	counts := []func(uint64) int{bits.LeadingZeros64, bits.TrailingZeros64, bits.OnesCount64, bits.Len64}
	for _, f := range counts {
		fmt.Print(f(0), f(1), f(0xff00), " ")
	}
	fmt.Println()
	fmt.Println(reflect.ValueOf(bits.RotateLeft8).Call([]reflect.Value{reflect.ValueOf(uint8(0x81)), reflect.ValueOf(1)})[0])
	v := reflect.ValueOf(atomic.AddUint32)
	var u uint32 = math.MaxUint32
	fmt.Println(v.Type(), v.Call([]reflect.Value{reflect.ValueOf(&u), reflect.ValueOf(uint32(2))})[0].Uint(), u)
	roots := []func(float64) float64{math.Sqrt, math.Abs, math.Floor}
	for _, f := range roots {
		fmt.Print(f(2.25), f(math.Inf(1)), " ")
	}
	fmt.Println()
	keep := runtime.KeepAlive
	keep(&n32)

	// Operands in order.
	atomic.AddInt32(target("pointer", &n32), note("delta"))
	fmt.Println(order, n32)
	fmt.Println(bits.Mul64(bits.Add64(1<<63, 1<<63, 1)))

	var p atomic.Pointer[int]
	swap := p.Swap
	x, y := 1, 2
	fmt.Println(swap(&x) == nil, *swap(&y), *p.Load())
}
