// Statements: labels, goto, switch in all forms, fallthrough, loops, order of evaluation, assignment.
package main

import "fmt"

func trace(s string, v int) int { fmt.Print(s, " "); return v }

func sw(n int) string {
	switch {
	case n < 0:
		return "neg"
	case n == 0:
		return "zero"
	case n < 10:
		fallthrough
	case n == 1000:
		return "small"
	default:
		return "big"
	}
}

func sw2(x any, y string) (out string) {
	switch y {
	default:
		out = "default"
	case "a", "b":
		out = "ab"
		if x == nil {
			break
		}
		out += "+"
	case "c":
		out = "c"
		fallthrough
	case "d":
		out += "d"
	}
	switch x := x.(type) {
	case int, string:
		out += fmt.Sprint(x)
	case nil:
		out += "nil"
	}
	return
}

func gotos(n int) (s string) {
	i := 0
loop:
	if i < n {
		s += fmt.Sprint(i)
		i++
		goto loop
	}
	if n > 3 {
		goto done
	}
	s += "short"
done:
	return s + "!"
}

func dense(i int) int {
	switch i {
	case 0:
		return 10
	case 1:
		return 11
	case 2:
		return 12
	case 3:
		return 13
	case 4, 5, 6:
		return 14
	case 7:
		return 15
	case 100:
		return 16
	case -5:
		return 17
	}
	return -1
}

func strs(s string) int {
	switch s {
	case "alpha":
		return 1
	case "beta":
		return 2
	case "gamma", "delta":
		return 3
	case "epsilon":
		return 4
	case "zeta":
		return 5
	case "":
		return 6
	case "alphb":
		return 7
	}
	return 0
}

func multi() (int, string, error) { return 1, "two", nil }

func take(a int, b string, c error) string { return fmt.Sprint(a, b, c) }

func vtake(xs ...any) int { return len(xs) }

func main() {
	for _, n := range []int{-1, 0, 5, 1000, 50} {
		fmt.Print(sw(n), " ")
	}
	fmt.Println(sw2(1, "a"), sw2(nil, "b"), sw2("s", "c"), sw2(1.5, "d"), sw2(nil, "z"))
	fmt.Println(gotos(2), gotos(5))
	for i := -6; i < 9; i++ {
		fmt.Print(dense(i), " ")
	}
	fmt.Println(dense(100))
	for _, s := range []string{"alpha", "alphb", "beta", "delta", "zeta", "", "x", "epsilon"} {
		fmt.Print(strs(s), " ")
	}
	fmt.Println()
outer:
	for i := 0; ; i++ {
		for j := 0; j < 5; j++ {
			switch {
			case j == 3:
				continue outer
			case i == 3:
				break outer
			case i == 1:
				break
			default:
				fmt.Print(i, j, " ")
			}
		}
	}
	fmt.Println()
	n := 0
	for n < 5 {
		n += 2
	}
	for {
		if n++; n > 10 {
			break
		}
	}
	fmt.Println(n)
block:
	switch {
	case n > 0:
		if n > 1 {
			break block
		}
		fmt.Println("skipped")
	}
sel:
	switch {
	default:
		for {
			break sel
		}
	}
	a := []int{0, 0, 0}
	i := 0
	i, a[i], a[i+1] = 1, 5, 6
	fmt.Println(i, a)
	a[trace("idx", 0)], a[trace("idx2", 1)] = trace("v", 7), trace("v2", 8)
	fmt.Println(a)
	x, y := 1, 2
	x, y = y, x+y
	fmt.Println(x, y)
	m := map[string]int{}
	p := &x
	*p, m["k"] = 10, x
	fmt.Println(x, m)
	_ = trace("a", 1) + trace("b", 2)*trace("c", 3)
	fmt.Println(trace("f", 1) == 1 || trace("g", 1) == 2, trace("h", 0) == 1 && trace("i", 1) == 1)
	fmt.Println(take(multi()), vtake(multi()))
	if v, s, err := multi(); err != nil {
		fmt.Println("err")
	} else if w := v + 1; w == 2 {
		fmt.Println(v, s, w)
	}
	switch z := trace("tag", 3); z {
	case trace("c1", 1), trace("c3", 3), trace("c4", 4):
		fmt.Println("matched", z)
	}
	switch f := func() bool { return true }; {
	case f():
		fmt.Println("func in switch")
	}
	var arr [3]int
	arr[1]++
	arr[2]--
	arr[0] += arr[1] << 3
	fmt.Println(arr)
	var ip *int
	func() {
		defer func() { fmt.Println(recover(), a) }()
		a[0], *ip = 100, 1
	}()
	func() {
		defer func() { fmt.Println(recover(), m) }()
		k := 5
		m["z"], a[k] = 1, 2
	}()
	const big = 3
	switch x := any(big).(type) {
	case int:
		fmt.Printf("%T\n", x)
	}
	for i, j := 0, 10; i < j; i, j = i+1, j-2 {
		fmt.Print(i, j, " ")
	}
	for i := range "añ" {
		fmt.Print(i)
	}
	fmt.Println()
	var s string
	for _, s = range []string{"p", "q"} {
	}
	for a[0] = range 3 {
	}
	for m["idx"], a[1] = range []int{7, 8} {
	}
	fmt.Println(s, a, m)
	goto L
L:
	for {
		select {
		default:
			break L
		}
	}
}
