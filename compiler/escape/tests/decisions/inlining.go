// -m
package p

type I interface{ M() int }
type A struct{ n *int }

func (a *A) M() int { return *a.n }

type B struct{ A }

func small(x int) int      { return x + 1 }
func pointer(x int) *int   { return &x }
func calls(x int) int      { return small(small(x)) }
func loop(n int) (s int) {
	for i := 0; i < n; i++ {
		s += i
	}
	return s
}

//go:noinline
func never(x int) int { return x }

func recurses(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + recurses(n-1)
}

func recovers() { recover() }
func panics()   { panic("p") }

func large(a, b, c, d int) int {
	a = never(a) + never(b)
	return a * b * c * d
}

func user() *int {
	_ = calls(2)
	p := pointer(3)
	_ = pointer(4)
	loop(recurses(5))
	f := func(x int) int { return x + small(x) }
	f(1)
	func() { panics() }()
	g := small
	g(2)
	defer small(1)
	go loop(2)
	return p
}

func dynamic(b bool) int {
	var i I = &A{new(int)}
	n := i.M()
	var j I
	j = &B{}
	n += j.M()
	if b {
		j = i
	}
	return n + j.M()
}
