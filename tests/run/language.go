// A walk through the language: what each construct computes.
package main

import (
	"fmt"
	"iter"
	"strings"
	"unsafe"
)

type Shape interface {
	Area() float64
	Perimeter() float64
}
type Rect struct{ W, H float64 }
type Circle struct{ R float64 }

func (r Rect) Area() float64         { return r.W * r.H }
func (r Rect) Perimeter() float64    { return 2 * (r.W + r.H) }
func (c *Circle) Area() float64      { return 3 * c.R * c.R }
func (c *Circle) Perimeter() float64 { return 6 * c.R }

type Named struct {
	Shape
	*strings.Builder
	name string
}

type List[T any] struct {
	head *node[T]
	n    int
}
type node[T any] struct {
	v    T
	next *node[T]
}

func (l *List[T]) Push(v T) { l.head = &node[T]{v, l.head}; l.n++ }
func (l *List[T]) All() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for n := l.head; n != nil; n = n.next {
			if !yield(i, n.v) {
				return
			}
			i++
		}
	}
}

type Number interface {
	~int | ~int8 | ~int64 | ~float64
}

func Sum[T Number](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return
}
func Map[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, 0, len(xs))
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

type Celsius float64

func (c Celsius) String() string { return fmt.Sprintf("%.1f°C", float64(c)) }

type Weekday int

const (
	Sunday Weekday = iota
	Monday
	Tuesday
	_
	Thursday
)

const (
	KB = 1 << (10 * (iota + 1))
	MB
)

func integers() {
	var i8 int8 = 127
	i8++
	var u8 uint8
	u8--
	var i64 int64 = -1 << 63
	minusOne := int64(-1)
	fmt.Println(i8, u8, -i64, i64/minusOne, i64%minusOne, -7/2, -7%2, 7&^5, 6^3, ^5, -5>>1, uint32(1)<<31>>31)
	s, big := uint(70), int32(70000)
	fmt.Println(1<<s == 0, int32(-1)>>s, u8+100, int16(big), uint64(1<<63)>>63)
	f, g := 1e20, 3.99
	fmt.Println(int64(float32(16777217)), uint8(int(g*100)), f > 1e19, float32(0.1), 0.1+0.2)
	var z float64
	fmt.Println(1/z, -1/z, z/z, z/z == z/z)
	c := complex(3, 4)
	fmt.Println(c*c, c/complex(0, 1), real(c), imag(c), c == 3+4i)
}

func stringsAndSlices() {
	s := "héllo, 世界\xff"
	for i, r := range s {
		fmt.Print(i, ":", string(r), " ")
	}
	fmt.Println(len(s), []byte(s)[1], []rune(s)[1], s[1:3] == "é", s > "h")
	a := [5]int{1, 2, 3, 4, 5}
	b := a[1:3:4]
	b = append(b, 10)
	b = append(b, 11)
	b[0] = 99
	fmt.Println(a, b, len(b), cap(a[2:]), a == [5]int{1, 2, 3, 10, 5})
	c := a
	c[0] = 7
	p := &a
	p[4]++
	copy(a[1:], a[:])
	fmt.Println(a, c, [...]string{2: "x", 0: "y"}, len(p))
	var nilSlice []int
	nilSlice = append(nilSlice, nilSlice...)
	fmt.Println(nilSlice == nil, append([]byte("ab"), "cd"...), min(3, 1, 2), max("a", "b"))
	grid := [3][3]rune{}
	for i := range grid {
		for j := range grid[i] {
			grid[i][j] = rune('a' + i*3 + j)
		}
	}
	fmt.Println(string(grid[1][:]), unsafe.Sizeof(grid))
	arr := (*[2]int)(c[:2])
	arr[1] = -1
	fmt.Println(c)
}

func control() {
outer:
	for i := 0; i < 5; i++ {
		for j := range 5 {
			switch {
			case j == 2:
				continue outer
			case i == 3:
				break outer
			case i == j:
				fallthrough
			default:
				fmt.Print(i, j, " ")
			}
		}
	}
	i := 0
loop:
	if i < 3 {
		i++
		goto loop
	}
	fmt.Println(i)
	switch x := any(Celsius(3)).(type) {
	case int, string:
		fmt.Println("no", x)
	case fmt.Stringer:
		fmt.Println("stringer", x)
	}
	var fs []func() int
	for i := range 3 {
		fs = append(fs, func() int { i *= 10; return i })
	}
	fmt.Println(fs[1](), fs[1](), fs[2]())
	for range 2 {
		defer func(n int) { fmt.Println("deferred", n, i) }(i)
		i++
	}
}

func interfaces() {
	shapes := []Shape{Rect{2, 3}, &Circle{1}, &Rect{4, 5}}
	for _, s := range shapes {
		switch s := s.(type) {
		case Rect:
			fmt.Println("rect", s.W, s.Area())
		case *Circle:
			s.R++
			fmt.Println("circle", s.Area())
		default:
			fmt.Printf("%T %v\n", s, s.Perimeter())
		}
	}
	n := Named{Rect{1, 1}, &strings.Builder{}, "n"}
	n.WriteString("promoted")
	fmt.Println(n.Area(), n.String(), n.Len())
	f, g := n.Area, Rect.Area
	h := (*Circle).Area
	n.Shape = Rect{9, 9}
	fmt.Println(f(), g(Rect{2, 2}), h(&Circle{2}))
	var e1, e2 any = Rect{1, 2}, Rect{1, 2}
	fmt.Println(e1 == e2, e1 != nil, any(1) == any(int8(1)), shapes[0] == Shape(Rect{2, 3}))
	_, ok := e1.(interface{ Missing() })
	fmt.Println(ok)
}

func generics() {
	var l List[string]
	l.Push("a")
	l.Push("b")
	l.Push("c")
	for i, v := range l.All() {
		if i == 2 {
			break
		}
		fmt.Print(i, v, " ")
	}
	fmt.Println(Sum(1, 2, 3), Sum(1.5, 2), Sum[Weekday](Monday, Thursday), Map([]int{1, 2}, func(i int) string { return strings.Repeat("x", i) }))
	fmt.Printf("%T %T\n", l, Map[int, List[Celsius]])
}

func evaluate(order *[]string, name string, v int) int {
	*order = append(*order, name)
	return v
}

func main() {
	integers()
	stringsAndSlices()
	control()
	interfaces()
	generics()
	fmt.Println(Monday, Thursday, KB, MB, Celsius(21.55))
	var order []string
	m := map[int]int{evaluate(&order, "key", 1): evaluate(&order, "value", 2)}
	x, y := evaluate(&order, "x", 1), evaluate(&order, "y", 2)
	x, y = y, x
	arr := []int{0, 1, 2}
	i := 0
	i, arr[i] = 2, 9
	fmt.Println(order, m, x, y, arr, i)
	type point struct{ x, y int }
	ps := []*point{{1, 2}, {3, 4}}
	q := *ps[0]
	q.x = 100
	ps[0].y += q.x
	fmt.Println(*ps[0], q, new(point) == nil, struct{ a, b any }{1, "b"})
	func() {
		defer func() { fmt.Println(recover()) }()
		var arr [3]int
		idx := 3
		fmt.Println(arr[idx])
	}()
	println("to standard error", 1, 2.5, true)
}
