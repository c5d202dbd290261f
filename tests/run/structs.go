// Structs: embedding, promotion, shadowing, comparison, zero size, anonymous, blank fields, layout.
package main

import (
	"fmt"
	"unsafe"
)

type Animal struct{ Name string }

func (a Animal) Speak() string    { return a.Name + " speaks" }
func (a *Animal) Rename(n string) { a.Name = n }
func (a Animal) Who() string      { return "animal" }

type Dog struct {
	Animal
	Breed string
}

func (d Dog) Who() string { return "dog/" + d.Animal.Who() }

type Puppy struct {
	*Dog
	Age int
}

type Logger struct{ prefix string }

func (l *Logger) Log(s string) { fmt.Println(l.prefix + s) }

type Service struct {
	*Logger
	fmt.Stringer
	Name string
}

type str string

func (s str) String() string { return "str:" + string(s) }

type inner struct{ a, b int }
type outer struct {
	inner
	b string
	_ int
	c []int
}

type Empty struct{}

func (Empty) Hi() string { return "hi" }

type layout struct {
	a bool
	b int64
	c bool
	d int32
	e int16
	f Empty
}

type Node struct {
	left, right *Node
	val         int
}

func (n *Node) insert(v int) *Node {
	if n == nil {
		return &Node{val: v}
	}
	if v < n.val {
		n.left = n.left.insert(v)
	} else {
		n.right = n.right.insert(v)
	}
	return n
}

func (n *Node) walk(f func(int)) {
	if n != nil {
		n.left.walk(f)
		f(n.val)
		n.right.walk(f)
	}
}

func ret() (struct{ x, y int }, error) { return struct{ x, y int }{1, 2}, nil }

func main() {
	d := Dog{Animal{"Rex"}, "lab"}
	d.Rename("Max")
	fmt.Println(d.Speak(), d.Who(), d.Name, d)
	p := Puppy{&d, 1}
	p.Rename("Bit")
	fmt.Println(p.Speak(), p.Who(), d.Name, p.Breed)
	f := p.Speak
	g := (*Animal).Rename
	h := Dog.Who
	g(&d.Animal, "Zed")
	fmt.Println(f(), p.Speak(), h(d))
	s := Service{&Logger{"> "}, str("x"), "svc"}
	s.Log(s.String())
	o := outer{inner: inner{1, 2}, b: "s"}
	fmt.Println(o.a, o.b, o.inner.b, o)
	fmt.Printf("%v %+v %#v %T\n", o.inner, o.inner, o.inner, o)
	a, b := inner{1, 2}, inner{1, 2}
	fmt.Println(a == b, &a == &b, a != inner{2, 1})
	type withBlank struct {
		x int
		_ int
		y string
	}
	fmt.Println(withBlank{x: 1, y: "q"} == withBlank{x: 1, y: "q"})
	var x any = a
	var y any = struct{ a, b int }{1, 2}
	fmt.Println(x == y, x == any(b))
	func() {
		defer func() { fmt.Println(recover()) }()
		var q, r any = struct{ f func() }{}, struct{ f func() }{}
		fmt.Println(q == r)
	}()
	fmt.Println(Empty{}.Hi(), unsafe.Sizeof(Empty{}), unsafe.Sizeof(layout{}), unsafe.Offsetof(layout{}.d), unsafe.Alignof(layout{}.b))
	var root *Node
	for _, v := range []int{5, 2, 8, 1, 9, 3} {
		root = root.insert(v)
	}
	root.walk(func(v int) { fmt.Print(v, " ") })
	fmt.Println()
	pt, err := ret()
	fmt.Println(pt.x+pt.y, err)
	anon := []struct {
		n string
		v int
	}{{"a", 1}, {"b", 2}}
	for _, t := range anon {
		fmt.Print(t.n, t.v, " ")
	}
	fmt.Println()
	type conv struct{ a, b int }
	fmt.Println(conv(a), (*conv)(&a).a)
	c1, c2 := d, d
	c1.Name = "copy"
	fmt.Println(c1 == c2, c2.Name)
	pp := &p
	pp.Dog.Animal.Name = "deep"
	fmt.Println(pp.Name, (*pp).Age, pp.Who())
	arr := [2]Dog{}
	arr[1].Rename("arr")
	m := map[string]*Dog{"k": {}}
	m["k"].Rename("map")
	fmt.Println(arr[1].Name, m["k"].Name)
	func() {
		defer func() { fmt.Println(recover()) }()
		var np Puppy
		fmt.Println(np.Name)
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		var svc Service
		svc.String()
	}()
	z1, z2 := Empty{}, Empty{}
	fmt.Println(z1 == z2, len([100]Empty{}))
	type rec struct {
		next *rec
		kids []rec
		by   map[string]rec
	}
	r := rec{kids: []rec{{}, {}}, by: map[string]rec{"a": {kids: []rec{{}}}}}
	r.next = &r
	fmt.Println(len(r.next.next.kids), len(r.by["a"].kids))
}
