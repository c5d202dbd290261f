// Overflow, wraparound, shifts and division of every integer type.
package main

import (
	"fmt"
	"math"
	"math/bits"
)

//go:noinline
func div(a, b int64) int64 { return a / b }

//go:noinline
func mod(a, b int64) int64 { return a % b }

//go:noinline
func div8(a, b int8) (int8, int8) { return a / b, a % b }

//go:noinline
func shl(x int32, n uint) int32 { return x << n }

//go:noinline
func shr(x int32, n uint) int32 { return x >> n }

//go:noinline
func shru(x uint32, n uint8) uint32 { return x >> n }

//go:noinline
func shlSigned(x uint64, n int) (r uint64, err any) {
	defer func() { err = recover() }()
	return x << n, nil
}

//go:noinline
func divZero(a, b int) (r int, err any) {
	defer func() { err = recover() }()
	return a / b, nil
}

func consts(x int) []int {
	return []int{x / 1, x / 2, x / 3, x / 7, x / 8, x / 10, x / 1000, x / -3, x % 2, x % 7, x % 8, x % 10, x % 1000, x % -3}
}

func uconsts(x uint64) []uint64 {
	return []uint64{x / 1, x / 2, x / 3, x / 7, x / 10, x / 641, x % 7, x % 10, x % 16}
}

func main() {
	var i8 int8 = 127
	i8++
	var u8 uint8
	u8--
	var i16 int16 = -32768
	i16--
	var u16 uint16 = 65535
	u16 += 2
	var i32 int32 = math.MaxInt32
	i32 += 1
	var i64 int64 = math.MinInt64
	i64 = -i64
	var u64 uint64 = 0
	u64 -= 1
	fmt.Println(i8, u8, i16, u16, i32, i64, u64)
	fmt.Println(div(math.MinInt64, -1), mod(math.MinInt64, -1), div(-7, 2), mod(-7, 2), div(7, -2), mod(7, -2))
	fmt.Println(div8(-128, -1))
	for _, n := range []uint{0, 1, 31, 32, 33, 63, 64, 100} {
		fmt.Print(shl(-3, n), " ", shr(-3, n), " ", shru(0x80000001, uint8(n)), "; ")
	}
	fmt.Println()
	fmt.Println(shlSigned(1, 63))
	fmt.Println(shlSigned(1, 64))
	fmt.Println(shlSigned(1, -1))
	fmt.Println(divZero(1, 0))
	for _, x := range []int{0, 1, -1, 6, -6, 100, -100, math.MaxInt64, math.MinInt64} {
		fmt.Println(x, consts(x))
	}
	for _, x := range []uint64{0, 1, 641, 1 << 63, math.MaxUint64} {
		fmt.Println(x, uconsts(x))
	}
	x, y := 0b1100, 0b1010
	fmt.Println(x&y, x|y, x^y, x&^y, ^x)
	x <<= 2
	x |= 1
	x ^= 5
	x &^= 8
	x %= 13
	fmt.Println(x)
	big := int64(0x123456789abcdef0)
	fmt.Println(int32(big), int16(big), int8(big), uint32(big), uint16(big), uint8(big))
	neg := int8(-5)
	fmt.Println(uint8(neg), uint16(neg), uint64(neg), int64(neg), uint32(int32(neg)))
	fmt.Println(int(math.Float64bits(1.5)), int64(float64(1<<53)), int32(-1.9e3+float64(x)), uint8(float32(200)))
	f := 1e10
	fmt.Println(int64(f), uint64(f), int64(-f), float32(f), float64(uint64(1<<63)+1<<11), float32(uint64(math.MaxUint64)))
	fmt.Println(bits.OnesCount(255), bits.LeadingZeros64(1), bits.TrailingZeros32(8), bits.Len(1023), bits.RotateLeft8(0x81, 1), bits.Reverse16(1), bits.ReverseBytes32(0x01020304))
	hi, lo := bits.Mul64(math.MaxUint64, math.MaxUint64)
	q, r := bits.Div64(1, 5, 7)
	sum, carry := bits.Add64(math.MaxUint64, 1, 1)
	diff, borrow := bits.Sub64(0, 1, 0)
	fmt.Println(hi, lo, q, r, sum, carry, diff, borrow)
	fmt.Printf("%T %T %T\n", uintptr(1), byte(1), rune(1))
}
