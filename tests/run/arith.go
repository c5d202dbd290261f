package main

import "fmt"

type bits uint8

const (
	a bits = 1 << iota
	b
	c
)

func main() {
	var i8 int8 = 127
	i8++
	var u8 uint8
	u8--
	fmt.Println(i8, u8, a|c, b&^b, ^a)
	x, y := -7, 2
	fmt.Println(x/y, x%y, x>>1, uint32(x)>>28, x&y, x|y, x^y)
	min := -1 << 63
	neg := -1
	fmt.Println(min/neg, min%neg)
	s := uint(70)
	fmt.Println(1<<s == 0, x>>s, uint64(1)<<s)
	f := 1e100
	fmt.Println(f*f, -f*f/f, 0.1+0.2, float32(0.1), int64(f/1e100*3.99), uint8(int(300)&0xff))
	z := complex(1, 2)
	fmt.Println(z*z, real(z), imag(z), z == complex(1, 2))
	fmt.Printf("%x %o %b %q %U %e %08.3f|%-6d|%+d\n", 255, 8, 5, 'x', '⌘', 12345.678, 3.14159, 42, 42)
}
