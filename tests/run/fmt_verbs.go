// Package fmt: every verb and flag, user formatters, errors of format strings, scanning.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

type P struct {
	X, Y int
	n    *int
	S    string
}

type Str int

func (s Str) String() string { return fmt.Sprintf("Str<%d>", int(s)) }

type GoStr struct{ v int }

func (GoStr) GoString() string { return "GoStr!" }

type Form struct{}

func (Form) Format(f fmt.State, verb rune) {
	w, wok := f.Width()
	p, pok := f.Precision()
	fmt.Fprintf(f, "[%c %d %v %d %v %v%v%v]", verb, w, wok, p, pok, f.Flag('+'), f.Flag('-'), f.Flag('#'))
}

type Err struct{}

func (*Err) Error() string { return "Err!" }

type Panicker struct{}

func (Panicker) String() string { panic("in String") }

type Rec struct {
	M map[string]int
	E error
	I any
	B []byte
	F func()
	A [2]bool
	P *P
	S []Str
}

func main() {
	p := P{1, -2, nil, "s\n"}
	fmt.Printf("%v %+v %#v %T\n", p, p, p, p)
	fmt.Printf("%v %+v\n", &p, []*P{nil})
	fmt.Printf("%d %5d %-5d| %05d %+d % d %x %X %#x %o %#o %O %b %c %q %U %#U\n", 42, 42, 42, 42, 42, 42, 255, 255, 255, 8, 8, 8, 5, 'A', 'A', 'A', '⌘')
	fmt.Printf("%s|%10s|%-10s|%.2s|%q|%x|% x|%#x|% #X|%05s\n", "héllo", "hé", "hé", "héllo", "a\"b", "hi", "hi", "hi", "hi", "ab")
	fmt.Printf("%t %v %5t %p %v\n", true, false, true, nil, nil)
	fmt.Printf("%f %.3f %8.2f|%-8.2f|%+.1e %g %G %08.3f % f\n", 3.14159, 3.14159, 3.14159, 3.14159, 12345.678, 1e-10, 1e20, -3.14159, 2.0)
	fmt.Printf("%v %v %.2f %v\n", 1+2i, complex64(-1i), 1.234+5.678i, []complex128{1})
	fmt.Printf("%v %d %s %q %x\n", []string{"a", "b"}, []int{1, 2}, []string{"c", "d"}, []string{"e"}, []string{"fg", "hi"})
	fmt.Printf("%v %s %x %X %q %d\n", []byte("abc"), []byte("abc"), []byte("abc"), [3]byte{1, 2, 255}, []byte("q"), []byte("d"))
	fmt.Printf("%v %+v %#v\n", map[string]int{"z": 1, "a": 2}, map[P]bool{{X: 1}: true}, map[string]any{"k": []int{1}})
	fmt.Printf("%v %d %s %x %+v %#v\n", Str(3), Str(3), Str(3), Str(30), Str(3), Str(3))
	fmt.Printf("%#v %v %#v %#v\n", GoStr{1}, GoStr{1}, []any{1, "s", nil, 1.5, true, 'x'}, struct{ A any }{})
	fmt.Printf("%v %+-#8.3x %s\n", Form{}, Form{}, []Form{{}})
	fmt.Printf("%v %s %d\n", &Err{}, error(&Err{}), errors.New("e"))
	fmt.Printf("%v %s\n", Panicker{}, Panicker{})
	var np *Err
	var ns *strings.Builder
	fmt.Printf("%v %v %s\n", np, ns == nil, error(nil))
	fmt.Printf("%d %s\n", "str", 5)
	fmt.Printf("%d\n")
	fmt.Printf("%d %d\n", 1)
	fmt.Printf("%d\n", 1, 2, "x")
	fmt.Printf("%z %!\n", 1)
	fmt.Printf("%[2]d %[1]d %d %[5]d %[x]d\n", 1, 2, 3)
	fmt.Printf("%*d|%-*d|%.*f|%[3]*.[2]*[1]f\n", 5, 1, 5, 2, 2, 3.14159)
	fmt.Printf("%6.2f%% %c%c %v\n", 99.5, 0x4e16, 0x1F600, 'x')
	fmt.Printf("%+v\n", Rec{M: map[string]int{"a": 1}, E: &Err{}, I: Str(1), B: []byte("b"), S: []Str{1, 2}})
	fmt.Printf("%#v\n", Rec{B: []byte("b"), S: []Str{1}, A: [2]bool{true}})
	fmt.Printf("%v %v %v %v\n", int8(-128), uint64(1<<64-1), uintptr(10), []any{nil, []any{}, map[int]int(nil)})
	fmt.Printf("%08b %-8b| %+q %#q %x\n", -5, 5, "é", "raw", -255)
	fmt.Printf("%t %s %v\n", 1, true, struct{}{})
	fmt.Printf("%6d|%-6d|%06d|%x|%X\n", []int{1, -2}, []int{3}, []int{4}, "\xff\x00", []int{10, 11})
	fmt.Println(fmt.Sprint("a", 1, 2, "b", "c", 3.0, nil, []int{}), fmt.Sprintln("x", 1))
	fmt.Print("no newline", 1, 2, true, false, "\n")
	fmt.Fprintln(os.Stdout, 1e6, 1e21, float32(0.1), 100000000.0, 1e-5, int64(5), 'a', "é")
	err := fmt.Errorf("ctx: %w and %w", errors.New("one"), &Err{})
	var target *Err
	fmt.Println(err, errors.As(err, &target), errors.Unwrap(err) == nil)
	fmt.Println(string(fmt.Appendf(nil, "%03d|", 7)), fmt.Sprintf("%v", [3][]int{{1}, nil, {2, 3}}))
	var a, b int
	var s string
	var f float64
	var r rune
	n, e := fmt.Sscanf("12 abc 3.5 0x1f é", "%d %s %f %v %c", &a, &s, &f, &b, &r)
	fmt.Println(n, e, a, s, f, b, string(r))
	n, e = fmt.Sscan("7 8", &a, &b)
	fmt.Println(n, e, a, b)
	n, e = fmt.Sscanln("9", &a, &b)
	fmt.Println(n, e)
	n, e = fmt.Sscan("notint", &a)
	fmt.Println(n, e)
	fmt.Printf("%v %v\n", &[]int{1}, &map[string]int{"a": 1})
	fmt.Printf("%s %v %d\n", []error{errors.New("x")}, struct{ e error }{}, &struct{ a, b int }{1, 2})
	fmt.Printf("%.3v %10v|%-10v| %.1q\n", "abcdef", "r", "l", "xyz")
}
