// Interfaces: dispatch, embedding, type switches, assertions and the texts of their panics, nil, comparison.
package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

type Shape interface {
	Area() float64
	Perimeter() float64
}

type Named interface{ Name() string }

type NamedShape interface {
	Shape
	Named
}

type Square struct{ s float64 }
type Circle struct{ r float64 }
type Unit int

func (s Square) Area() float64       { return s.s * s.s }
func (s Square) Perimeter() float64  { return 4 * s.s }
func (s Square) Name() string        { return "square" }
func (c *Circle) Area() float64      { return 3 * c.r * c.r }
func (c *Circle) Perimeter() float64 { return 6 * c.r }
func (u Unit) Area() float64         { return float64(u) }
func (u Unit) Perimeter() float64    { return 4 }

func describe(v any) string {
	switch x := v.(type) {
	case nil:
		return "nil"
	case int, int64:
		return fmt.Sprintf("int-ish %v", x)
	case string:
		return "string " + x
	case []int:
		return fmt.Sprint("ints ", len(x))
	case error:
		return "error " + x.Error()
	case NamedShape:
		return "named shape " + x.Name()
	case Shape:
		return fmt.Sprint("shape ", x.Area())
	case func() int:
		return fmt.Sprint("func ", x())
	case *int:
		return fmt.Sprint("ptr ", *x)
	case map[string]int:
		return fmt.Sprint("map ", x["a"])
	case chan int:
		return "chan"
	case struct{ A int }:
		return fmt.Sprint("anon ", x.A)
	case fmt.Stringer:
		return "stringer"
	default:
		return fmt.Sprintf("other %T", x)
	}
}

func try(f func()) {
	defer func() {
		r := recover()
		_, isErr := r.(error)
		fmt.Println(r, isErr)
	}()
	f()
}

type myErr struct{}

func (*myErr) Error() string { return "myErr" }

func typedNil() error {
	var e *myErr
	return e
}

type T struct{}

func main() {
	shapes := []Shape{Square{2}, &Circle{1}, Unit(7), &Square{3}}
	total := 0.0
	for _, s := range shapes {
		total += s.Area() + s.Perimeter()
		if n, ok := s.(Named); ok {
			fmt.Print(n.Name(), " ")
		}
	}
	fmt.Println(total)
	n := 5
	for _, v := range []any{nil, 1, int64(2), int32(3), "s", []int{1}, errors.New("e"), Square{1}, Unit(2), func() int { return 9 }, &n,
		map[string]int{"a": 4}, make(chan int), struct{ A int }{3}, struct{ B int }{3}, 1.5, T{}, &T{}, [2]int{}, true} {
		fmt.Println(describe(v))
	}
	var e any = "str"
	var s Shape
	try(func() { _ = e.(int) })
	try(func() { _ = e.(Shape) })
	try(func() { _ = s.(Named) })
	try(func() { s.Area() })
	try(func() { var x any; _ = x.(string) })
	try(func() { s = Unit(1); _ = s.(Named) })
	try(func() { _ = s.(Square) })
	try(func() { _ = s.(*Circle) })
	try(func() { var r io.Reader = strings.NewReader("x"); _ = r.(io.ReadWriter) })
	i, ok := e.(int)
	str, ok2 := e.(string)
	fmt.Println(i, ok, str, ok2)
	fmt.Println(typedNil() == nil, typedNil() != nil, typedNil().Error())
	var a, b any = 1, 1
	fmt.Println(a == b, a == any(int8(1)), a == 1, any(nil) == nil, Shape(Square{1}) == Shape(Square{1}), Shape(&Circle{1}) == Shape(&Circle{1}))
	try(func() { var x, y any = []int{}, []int{}; fmt.Println(x == y) })
	try(func() { var x, y any = map[int]int{}, 1; fmt.Println(x == y) })
	f := shapes[0].Area
	shapes[0] = Square{100}
	fmt.Println(f(), Shape.Area(shapes[0]))
	var rw interface {
		io.Reader
		io.Writer
	}
	_, isW := any(rw).(io.Writer)
	fmt.Println(rw == nil, isW)
	type local interface{ Area() float64 }
	var l local = shapes[1]
	fmt.Println(l.Area())
	switch x := e.(type) {
	case string:
		x += "!"
		fmt.Println(x)
		fallthroughless(x)
	}
	switch e.(type) {
	case int:
	case string:
		fmt.Println("no binding")
	}
	var nilShape *Circle
	s = nilShape
	fmt.Println(s == nil, s != nil)
	try(func() { fmt.Println(s.Area()) })
}

func fallthroughless(any) {}
