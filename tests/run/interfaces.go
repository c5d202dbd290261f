package main

import (
	"errors"
	"fmt"
	"io"
)

type shape interface {
	area() float64
	fmt.Stringer
}

type square struct{ side float64 }
type circle struct{ r float64 }

func (s square) area() float64   { return s.side * s.side }
func (s square) String() string  { return fmt.Sprintf("square(%g)", s.side) }
func (c *circle) area() float64  { return 3 * c.r * c.r }
func (c *circle) String() string { return fmt.Sprintf("circle(%g)", c.r) }

type named struct {
	shape
	name string
}

type myErr struct{ code int }

func (e *myErr) Error() string { return fmt.Sprint("code ", e.code) }

func what(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case int, int64:
		return fmt.Sprintf("integer %v", v)
	case string:
		return "string " + v
	case shape:
		return "shape " + v.String()
	case error:
		return "error " + v.Error()
	case func() int:
		return fmt.Sprint("func ", v())
	case []int:
		return fmt.Sprint("slice ", len(v))
	default:
		return fmt.Sprintf("%T", v)
	}
}

func find(code int) error {
	if code == 0 {
		return nil
	}
	return fmt.Errorf("find: %w", &myErr{code})
}

func main() {
	shapes := []shape{square{2}, &circle{1}, named{square{3}, "n"}}
	for _, s := range shapes {
		fmt.Println(s, s.area())
	}
	for _, v := range []any{nil, 1, int64(2), "s", square{1}, errors.New("e"), func() int { return 7 }, []int{1}, 1.5, struct{}{}} {
		fmt.Println(what(v))
	}
	var e *myErr
	fmt.Println(errors.As(find(3), &e), e.code, find(0) == nil, errors.Is(fmt.Errorf("x: %w", io.EOF), io.EOF))
	f := shapes[0].area
	g := (*circle).area
	fmt.Println(f(), g(&circle{2}), square.area(square{5}))
	var a, b any = square{1}, square{1}
	fmt.Println(a == b, a != nil)
	_, ok := a.(io.Reader)
	fmt.Println(ok)
	defer func() { fmt.Println(recover()) }()
	_ = a.(io.Reader)
}
