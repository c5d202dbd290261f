// Equality of structs: every field counts, in whatever order they are compared; panics come in the order of the fields.
package main

import "fmt"

type mixed struct {
	s string
	f float64
	_ int
	t string
	n [2]string
	i int8
}

type withAny struct {
	s string
	a any
	i int
	b any
}

func try(name string, f func() bool) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "panics:", r)
		}
	}()
	fmt.Println(name, f())
}

func main() {
	a := mixed{s: "a", f: 1, t: "b", n: [2]string{"x", "y"}, i: 3}
	for i, change := range []func(*mixed){
		func(*mixed) {},
		func(m *mixed) { m.s = "b" },
		func(m *mixed) { m.s = "aa" },
		func(m *mixed) { m.f = 2 },
		func(m *mixed) { m.t = "c" },
		func(m *mixed) { m.n[1] = "z" },
		func(m *mixed) { m.i = 4 },
	} {
		b := a
		change(&b)
		fmt.Println(i, a == b, any(a) == any(b), map[mixed]int{a: 1}[b])
	}
	type pair struct{ x, y string }
	p := pair{"one", "two"}
	fmt.Println(p == pair{"one", "two"}, p == pair{"one", "tow"}, p == pair{"eno", "two"}, p == pair{"one", "twoo"})

	f := func() {}
	w := withAny{"s", 1, 2, f}
	try("same", func() bool { return w == withAny{"s", 1, 2, f} })
	try("string differs", func() bool { return w == withAny{"t", 1, 2, f} })
	try("number differs", func() bool { return w == withAny{"s", 1, 3, f} })
	try("any differs", func() bool { return w == withAny{"s", 2, 2, f} })
	try("boxed", func() bool { return any(w) == any(withAny{"s", 1, 2, f}) })
	try("boxed, number", func() bool { return any(w) == any(withAny{"s", 1, 3, f}) })
}
