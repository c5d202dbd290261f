// Methods: values, expressions, through embedding and interfaces, on named types of every kind.
package main

import "fmt"

type Int int
type Slice []int
type Map map[string]int
type Func func(int) int
type Chan chan int
type Arr [2]int
type Str string
type Ptr struct{ p *int }

func (i Int) Get() int      { return int(i) }
func (i *Int) Inc()         { *i++ }
func (s Slice) Get() int    { return len(s) }
func (s *Slice) Add(v int)  { *s = append(*s, v) }
func (m Map) Get() int      { return m["k"] }
func (m Map) Set(v int)     { m["k"] = v }
func (f Func) Get() int     { return f(1) }
func (c Chan) Get() int     { return cap(c) }
func (a Arr) Get() int      { return a[0] + a[1] }
func (a *Arr) Set(i, v int) { a[i] = v }
func (s Str) Get() int      { return len(s) }
func (p Ptr) Get() int      { return *p.p }
func (_ *Ptr) Nil() string  { return "fine on nil" }

type Getter interface{ Get() int }

type E1 struct{ Getter }
type E2 struct{ *E1 }
type E3 struct {
	E2
	Int
}

func (e E3) Get() int { return e.E2.Get()*100 + e.Int.Get() }

type big struct {
	a [10]int
	s string
}

func (b big) Sum(x int, y float64, z string) (int, string) {
	for _, v := range b.a {
		x += v
	}
	return x + int(y), b.s + z
}

type I interface {
	Sum(int, float64, string) (int, string)
}

//go:noinline
func dynamic(g Getter) int { return g.Get() }

type rec struct{ depth int }

func (r rec) down() rec { r.depth++; return r }

func main() {
	n := 9
	gs := []Getter{Int(1), Slice{1, 2}, Map{"k": 3}, Func(func(i int) int { return i + 3 }), make(Chan, 5), Arr{3, 3}, Str("1234567"), Ptr{&n}, &Ptr{&n}, new(Int)}
	for _, g := range gs {
		fmt.Print(g.Get(), " ")
	}
	fmt.Println()
	e := E3{E2{&E1{Slice{1, 2, 3}}}, 7}
	fmt.Println(e.Get(), e.E1.Get(), e.Getter.Get(), Getter(e).Get(), Getter(&e).Get(), Getter(e.E2).Get())
	var i Int
	i.Inc()
	inc := i.Inc
	inc()
	(*Int).Inc(&i)
	get := i.Get
	i.Inc()
	fmt.Println(i, get(), Int.Get(5), (*Int).Get(&i), func(f func(Int) int) int { return f(8) }(Int.Get))
	var s Slice
	s.Add(1)
	add := s.Add
	add(2)
	(&s).Add(3)
	fmt.Println(s, s.Get())
	m := Map{}
	set := m.Set
	set(4)
	Map.Set(m, m.Get()+1)
	fmt.Println(m)
	arr := [2]Arr{}
	arr[1].Set(0, 5)
	ap := &arr[1]
	ap.Set(1, 6)
	fmt.Println(arr, ap.Get())
	var np *Ptr
	fmt.Println(np.Nil())
	func() {
		defer func() { fmt.Println(recover()) }()
		fmt.Println(np.Get())
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		fmt.Println(dynamic(np))
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		var g Getter
		f := g.Get
		fmt.Println(f())
	}()
	b := big{[10]int{1, 2, 3}, "s"}
	f := b.Sum
	b.a[0] = 100
	fmt.Println(f(1, 2.5, "z"))
	fmt.Println(b.Sum(1, 2.5, "z"))
	var iface I = &b
	g := iface.Sum
	b.s = "changed"
	fmt.Println(g(0, 0, ""))
	fmt.Println(I.Sum(b, 1, 1, "!"))
	fmt.Println(rec{}.down().down().down())
	fn := Func(func(x int) int { return x * 2 }).Get
	fmt.Println(fn())
	mv := map[string]func() int{"a": Int(3).Get, "b": Str("xx").Get}
	fmt.Println(mv["a"](), mv["b"]())
	fmt.Println(E2.Get(e.E2), (*E3).Get(&e), Getter.Get(e))
	go Int(0).Get()
	defer i.Inc()
	type Local struct{ Int }
	l := &Local{5}
	l.Inc()
	fmt.Println(l.Get(), l)
}
