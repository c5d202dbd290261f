// Floating point and complex arithmetic, special values, formatting, conversion.
package main

import (
	"fmt"
	"math"
	"math/cmplx"
	"strconv"
)

//go:noinline
func ops(a, b float64) [4]float64 { return [4]float64{a + b, a - b, a * b, a / b} }

//go:noinline
func cmp(a, b float64) [6]bool { return [6]bool{a == b, a != b, a < b, a <= b, a > b, a >= b} }

//go:noinline
func cdiv(a, b complex128) complex128 { return a / b }

func main() {
	nan, inf, zero := math.NaN(), math.Inf(1), 0.0
	negz := math.Copysign(0, -1)
	for _, p := range [][2]float64{{1, 3}, {inf, inf}, {nan, 1}, {1, zero}, {-1, zero}, {zero, zero}, {negz, 1}, {1, negz}} {
		fmt.Println(p, ops(p[0], p[1]), cmp(p[0], p[1]))
	}
	fmt.Println(1/negz, math.Signbit(negz), negz == 0, -zero, math.Float64bits(-zero))
	fmt.Println(math.MaxFloat64, math.SmallestNonzeroFloat64, math.MaxFloat32, float32(math.SmallestNonzeroFloat32))
	fmt.Println(0.1+0.2, float32(0.1)+float32(0.2), 1e21, 1e20, 1e-7, 123456789.0, 100000.0, 1e6)
	for _, v := range []float64{0, 1, -1.5, 3.14159265358979, 1e100, 1e-100, 12345.678, 0.000012345, 2.5, 3.5} {
		fmt.Printf("%g|%e|%f|%.2f|%8.3f|%-10.1f|%+g|%G|%x|%b\n", v, v, v, v, v, v, v, v, v, v)
	}
	fmt.Printf("%v %v %v %6.2f %+v %05.1f % .3e %#g\n", nan, inf, -inf, nan, inf, 3.14159, 1234.5, 1.0)
	for _, s := range []string{"1.5", "1e400", "-0", "inf", "NaN", "0x1p-3", "1_000.5", "abc", ".5", "5.", "1e-400", "123456789012345678901234567890"} {
		f, err := strconv.ParseFloat(s, 64)
		fmt.Println(s, f, err)
	}
	fmt.Println(strconv.FormatFloat(1.0/3, 'g', -1, 32), strconv.FormatFloat(1.0/3, 'f', 5, 64), strconv.FormatFloat(123456, 'e', 2, 64))
	c := complex(3, 4)
	fmt.Println(c, cmplx.Abs(c), c*c, c/complex(1, -1), -c, real(c), imag(c), c == complex(3, 4), cmplx.Sqrt(-1))
	fmt.Println(cdiv(1, 0), cdiv(complex(inf, 1), complex(1, 1)))
	fmt.Printf("%v %.1f %T %T\n", complex64(c), c, c, complex64(c))
	fmt.Println(math.Sqrt(2), math.Floor(-1.5), math.Ceil(1.2), math.Trunc(-1.7), math.Round(2.5), math.RoundToEven(2.5), math.Mod(7, -3), math.Hypot(3, 4))
	fmt.Println(math.Sin(1), math.Cos(1), math.Tan(1), math.Exp(1), math.Log(10), math.Pow(2, 0.5), math.Atan2(1, -1), math.Cbrt(27))
	fmt.Println(math.FMA(2, 3, 4), math.Gamma(5), math.Erf(0.5), math.Log2(8), math.Log10(1000), math.Log1p(1e-10))
	fr, ex := math.Frexp(10)
	ip, fp := math.Modf(-3.25)
	fmt.Println(fr, ex, math.Ldexp(0.5, 4), ip, fp, math.Nextafter(1, 2), math.IsNaN(nan), math.IsInf(inf, 0))
	fmt.Println(min(1, nan), max(nan, 1), min(zero, negz), max(negz, zero))
	sum := float32(0)
	for i := 0; i < 1000; i++ {
		sum += 0.1
	}
	fmt.Println(sum)
	m := map[float64]int{1: 1, nan: 2}
	m[nan] = 3
	m[negz] = 4
	fmt.Println(len(m), m[0], m[nan])
	for _, v := range []float64{1, -0.1, negz, inf, nan, math.MaxFloat64, math.SmallestNonzeroFloat64, 0x1.fffffffffffffp-1020} {
		f := float32(v)
		fmt.Println(v/2, v/-0.25, v/0x1p1022, v/0x1p1023, v/0x1p-1022, v/0x1p-1074, f/8, f/-0x1p126, f/0x1p127, f/0x1p-126, f/0x1p-149)
	}
}
