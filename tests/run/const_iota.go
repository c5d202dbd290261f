// Constants: iota forms, untyped arithmetic, exactness, conversion.
package main

import "fmt"

type Weekday int

const (
	Sunday Weekday = iota
	Monday
	Tuesday
	_
	Thursday
)

const (
	_  = iota
	KB = 1 << (10 * iota)
	MB
	GB
)

const (
	a, b = iota, iota * 10
	c, d
	_, _
	e, f
)

const (
	skip0 = "x"
	skip1
	at2 = iota
	at3
)

type Bits uint8

const (
	F0 Bits = 1 << iota
	F1
	F2
)

func (b Bits) String() string {
	s := ""
	for i, n := range []string{"F0", "F1", "F2"} {
		if b&(1<<uint(i)) != 0 {
			if s != "" {
				s += "|"
			}
			s += n
		}
	}
	return "Bits(" + s + ")"
}

const huge = 1 << 100
const third = 1.0 / 3
const exact = huge >> 98
const r = 'x' + 1
const s = "abc"
const l = len(s)
const cplx = 2i * 2i
const big = 123456789012345678901234567890 / 98765432109876543210
const typed int8 = -128

func main() {
	fmt.Println(Sunday, Monday, Tuesday, Thursday)
	fmt.Println(KB, MB, GB)
	fmt.Println(a, b, c, d, e, f)
	fmt.Println(skip0, skip1, at2, at3)
	fmt.Println(F0|F2, F1, Bits(7))
	fmt.Println(exact, third, r, string(rune(r)), l, cplx, big, typed)
	fmt.Printf("%T %T %T %T %T\n", exact, third, r, cplx, 'a'/2.0)
	var f32 float32 = third
	var f64 float64 = third
	fmt.Println(f32, f64, third*3 == 1, f64*3 == 1)
	fmt.Println(huge/3.0, float64(huge))
	const shifted = 1.0 << 3
	var u8 uint8 = 1<<8 - 1
	var sh uint = 3
	var x = 1 << sh
	var y float64 = float64(1 << 3)
	var i64 int64 = 1 << sh
	fmt.Println(shifted, u8, x, y, i64)
	fmt.Println(5/2, 5.0/2, 5/2.0, -5/2, -5%3, 5%-3, 1<<62, ^0, ^uint8(5))
	fmt.Println(len([10]int{}), cap([4]string{}), real(cplx), imag(3+4i))
	fmt.Println(0x1p-2, 0b1011, 0o17, 017, 1_000_000, 0x_ff, 'a', '\n', '\x41', '\u00e9', '\U0001F600', '\'')
	fmt.Println("esc\t\"q\"\\ \x41\101\u00e9", `raw\n`+"`")
	fmt.Println(min(3, 1, 2), max(1.5, 2), min("b", "a"))
}
