// The built-in print and println write to standard error.
package main

type T struct{ a int }

func main() {
	println("hello", 1, -2, uint8(3), true, 'x', 1.5, 0.0, 1e100, -2.5e-10, float32(0.5), 1+2i)
	print("a", "b", 1, 2, "\n")
	var p *T
	var e any
	var s []int
	var m map[int]int
	var f func()
	println(p, m, f == nil)
	println(e == nil, len(s))
	println()
	println(int8(-128), int64(-9223372036854775808), uint64(18446744073709551615), uintptr(7))
	inf := 1e308
	inf *= 10
	println(inf, -inf, inf-inf)
	type my string
	println(my("named"), rune(5), byte(6))
	const c = 1 << 40
	println(c, 3.0, "é\x00z")
}
