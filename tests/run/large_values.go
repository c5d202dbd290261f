// Large frames, arguments, results and objects; many arguments; deep expressions.
package main

import "fmt"

type huge struct {
	a [4096]int
	s string
}

//go:noinline
func fill(n int) (h huge) {
	for i := range h.a {
		h.a[i] = n * i
	}
	h.s = fmt.Sprint("h", n)
	return
}

//go:noinline
func sum(h huge, g huge) (t int, s string) {
	for i := range h.a {
		t += h.a[i] - g.a[i]
	}
	return t, h.s + g.s
}

//go:noinline
func many(a int, b float64, c string, d []int, e any, f bool, g int8, h float32, i *int, j complex128, k [3]byte, l func() int, m map[int]int, n error, o uint64, p float64, q string) string {
	return fmt.Sprint(a, b, c, d, e, f, g, h, *i, j, k, l(), m, n, o, p, q)
}

//go:noinline
func results() (int, float64, string, []int, any, bool, int8, float32, complex128, [3]byte, error, uint64) {
	return 1, 2.5, "s", []int{3}, 'x', true, -4, 5.5, 6i, [3]byte{7, 8, 9}, nil, 1 << 63
}

//go:noinline
func floats(a, b, c, d, e, f, g, h, i, j, k, l float64) (float64, float64, float64, float64, float64, float64, float64, float64, float64, float64) {
	return a + l, b + k, c + j, d + i, e + h, f + g, a * b, c * d, e * f, g * h
}

func deepFrame(n int) int {
	var a [1000]int
	for i := range a {
		a[i] = n + i
	}
	if n == 0 {
		return a[999]
	}
	return deepFrame(n-1) + a[n%1000]
}

func main() {
	h := fill(2)
	g := fill(3)
	fmt.Println(sum(h, g))
	hs := []huge{h, g}
	hs[0], hs[1] = hs[1], hs[0]
	m := map[string]huge{"a": h}
	var x any = g
	fmt.Println(hs[0].s, hs[1].a[4095], m["a"].a[100], x.(huge).s, x == any(g), h == g)
	n := 9
	fmt.Println(many(1, 2.5, "c", []int{1}, "e", true, -8, 1.5, &n, 1+2i, [3]byte{1, 2, 3}, func() int { return n }, map[int]int{1: 2}, nil, 1<<63, -0.5, "q"))
	fmt.Println(results())
	fmt.Println(floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))
	f := many
	fmt.Println(len(f(1, 2, "3", nil, nil, false, 0, 0, &n, 0, [3]byte{}, func() int { return 0 }, nil, nil, 0, 0, "")))
	fmt.Println(deepFrame(2000))
	c := make(chan huge, 2)
	c <- h
	go func(h huge) { h.s = "go"; c <- h }(h)
	fmt.Println((<-c).s, (<-c).s)
	func() {
		defer func(h huge) { fmt.Println("deferred", h.a[10], recover()) }(h)
		panic(g.s)
	}()
	a, b, cc, d := 1, 2, 3, 4
	v := ((a+b)*(cc-d)+(a*b-cc*d))*((a+cc)*(b+d)-(a-b)*(cc-d)) + ((a*a+b*b)*(cc*cc+d*d) - (a*cc+b*d)*(a*cc+b*d)) - (((a+b+cc+d)*(a-b+cc-d) + (a * b * cc * d)) % (a + b + cc + d + 1))
	fmt.Println(v)
	big := make([]byte, 64<<20)
	big[len(big)-1] = 1
	fmt.Println(len(big), big[len(big)-1])
	var arr [1 << 16]int
	arr[1<<15] = 3
	brr := arr
	arr[1<<15]++
	fmt.Println(arr[1<<15], brr[1<<15], arr == brr)
}
