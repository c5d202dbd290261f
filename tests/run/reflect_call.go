// Calls through reflect, and functions made by it, over all ways in which values travel.
package main

import (
	"fmt"
	"reflect"
)

type Small struct {
	A int8
	B float32
}
type Four struct {
	S string
	N int
	F float64
}
type Big struct{ A, B, C, D, E int }
type Pair [2]int
type One [1]string
type Empty struct{}

func ints(a int8, b uint16, c int32, d int64, e bool, f uint8, g int, h uint) (int8, uint16, int32, int64, bool, uint8, int, uint) {
	return a, b, c, d, e, f, g, h
}
func floats(a float32, b float64, c complex64, d complex128, e, f, g, h, i float64) (float64, complex128, float32) {
	return float64(a) + b + e + f + g + h + i, complex128(c) + d, a
}
func mixed(s string, b []byte, i any, e error, m map[string]int, f func() int, p *int) (string, []byte, any, error, map[string]int, int, *int) {
	return s + "!", append(b, '!'), i, e, m, f(), p
}
func structs(s Small, f Four, b Big, p Pair, o One, e Empty) (Big, Small, Pair, Four, One, Empty) {
	b.A++
	p[1]++
	return b, s, p, f, o, e
}
func many(a, b, c, d, e, f, g, h, i, j string) (string, int, string, string, string, string) {
	return a + b + c + d + e, len(f + g + h + i + j), a, b, c, d
}
func variadic(n int, rest ...string) string { return fmt.Sprint(n, len(rest), rest) }

type T struct{ n int }

func (t T) Add(x int, b Big) (int, Big) { b.E = t.n; return t.n + x, b }
func (t *T) Set(x int)                  { t.n = x }

type Adder interface {
	Add(int, Big) (int, Big)
}

func values(args ...any) []reflect.Value {
	var v []reflect.Value
	for _, a := range args {
		v = append(v, reflect.ValueOf(a))
	}
	return v
}

func show(v []reflect.Value) {
	for i, x := range v {
		if i > 0 {
			fmt.Print(" ")
		}
		fmt.Print(x.Interface())
	}
	fmt.Println()
}

func main() {
	show(reflect.ValueOf(ints).Call(values(int8(-1), uint16(2), int32(-3), int64(4), true, uint8(6), 7, uint(8))))
	show(reflect.ValueOf(floats).Call(values(float32(1.5), 2.5, complex64(1+2i), 3+4i, 1.0, 2.0, 3.0, 4.0, 5.0)))
	n := 5
	r := reflect.ValueOf(mixed).Call(values("s", []byte("b"), 1, fmt.Errorf("e"), map[string]int{"k": 1}, func() int { return n }, &n))
	fmt.Println(*r[6].Interface().(*int) == n)
	show(r[:6])
	show(reflect.ValueOf(structs).Call(values(Small{1, 2.5}, Four{"f", 3, 4.5}, Big{1, 2, 3, 4, 5}, Pair{6, 7}, One{"one"}, Empty{})))
	show(reflect.ValueOf(many).Call(values("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")))
	show(reflect.ValueOf(variadic).Call(values(1, "x", "y")))
	show(reflect.ValueOf(variadic).CallSlice(values(2, []string{"z"})))

	t := T{10}
	show(reflect.ValueOf(t).MethodByName("Add").Call(values(5, Big{A: 1})))
	show(reflect.ValueOf(&t).MethodByName("Add").Call(values(6, Big{A: 2})))
	reflect.ValueOf(&t).MethodByName("Set").Call(values(20))
	show(reflect.TypeOf(t).Method(0).Func.Call(values(t, 7, Big{A: 3})))
	var a Adder = t
	show(reflect.ValueOf(&a).Elem().Method(0).Call(values(8, Big{A: 4})))
	method := reflect.ValueOf(t).Method(0).Interface().(func(int, Big) (int, Big))
	fmt.Println(method(9, Big{A: 5}))

	// MakeFunc: functions that return their arguments, or are called with what does not fit registers.
	swap := func(f any) {
		v := reflect.ValueOf(f).Elem()
		v.Set(reflect.MakeFunc(v.Type(), func(in []reflect.Value) []reflect.Value {
			out := make([]reflect.Value, len(in))
			for i := range in {
				out[len(in)-1-i] = in[i]
			}
			return out
		}))
	}
	var f1 func(int8, string) (string, int8)
	swap(&f1)
	fmt.Println(f1(-8, "eight"))
	var f2 func(Big, float32, []int, Pair) (Pair, []int, float32, Big)
	swap(&f2)
	fmt.Println(f2(Big{1, 2, 3, 4, 5}, 0.5, []int{9}, Pair{1, 2}))
	var f3 func(a, b, c, d, e string, f float64) (float64, string, string, string, string, string)
	swap(&f3)
	fmt.Println(f3("a", "b", "c", "d", "e", 2.5))
	var f4 func(a, b, c, d, e, f, g, h, i, j float64) (k, l, m, n, o, p, q, r, s, t float64)
	swap(&f4)
	fmt.Println(f4(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
	show(reflect.ValueOf(f3).Call(values("v", "w", "x", "y", "z", 1.25)))

	// A type that exists at run time only.
	ft := reflect.FuncOf([]reflect.Type{reflect.TypeOf(0), reflect.TypeOf("")}, []reflect.Type{reflect.TypeOf("")}, false)
	made := reflect.MakeFunc(ft, func(in []reflect.Value) []reflect.Value {
		return values(fmt.Sprint(in[1], in[0]))
	})
	show(made.Call(values(4, "four ")))

	defer func() { fmt.Println("recovered", recover()) }()
	reflect.ValueOf(func() { panic("inside") }).Call(nil)
}
