// Generics: constraints, type sets, inference, generic methods, aliases, recursive types, closures, zero values.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~float32 | ~float64
}

type MyInt int

func (m MyInt) String() string { return "MyInt(" + strconv.Itoa(int(m)) + ")" }

func Sum[T Number](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return
}

func Map[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, 0, len(xs))
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

func Reduce[T, A any](xs []T, init A, f func(A, T) A) A {
	for _, x := range xs {
		init = f(init, x)
	}
	return init
}

func Keys[M ~map[K]V, K cmp.Ordered, V any](m M) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

type Stringish interface {
	~int
	fmt.Stringer
}

func Join[T Stringish](xs []T) string {
	return strings.Join(Map(xs, T.String), "+")
}

type List[T any] struct {
	head, tail *node[T]
	n          int
}

type node[T any] struct {
	val  T
	next *node[T]
}

func (l *List[T]) Push(v T) *List[T] {
	nd := &node[T]{val: v}
	if l.tail == nil {
		l.head, l.tail = nd, nd
	} else {
		l.tail.next = nd
		l.tail = nd
	}
	l.n++
	return l
}

func (l *List[T]) All() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for n := l.head; n != nil; n = n.next {
			if !yield(i, n.val) {
				return
			}
			i++
		}
	}
}

// A method with type parameters of its own.
func (l *List[T]) Fold[A any](init A, f func(A, T) A) A {
	for _, v := range l.All() {
		init = f(init, v)
	}
	return init
}

type Box struct{ v any }

func (b Box) Get[T any]() (T, error) {
	if t, ok := b.v.(T); ok {
		return t, nil
	}
	var zero T
	return zero, fmt.Errorf("%T is not %T", b.v, zero)
}

type Pair[K comparable, V any] struct {
	Key K
	Val V
}

type IntPair[V any] = Pair[int, V]
type Set[T comparable] map[T]struct{}

func (s Set[T]) Add(v T) Set[T] { s[v] = struct{}{}; return s }
func (s Set[T]) Has(v T) bool   { _, ok := s[v]; return ok }

type Tree[T interface{ Less(T) bool }] struct {
	l, r *Tree[T]
	v    T
}

type Age int

func (a Age) Less(b Age) bool { return a < b }

func (t *Tree[T]) Insert(v T) *Tree[T] {
	if t == nil {
		return &Tree[T]{v: v}
	}
	if v.Less(t.v) {
		t.l = t.l.Insert(v)
	} else {
		t.r = t.r.Insert(v)
	}
	return t
}

func (t *Tree[T]) Walk(yield func(T) bool) bool {
	return t == nil || t.l.Walk(yield) && yield(t.v) && t.r.Walk(yield)
}

type Setter[T any] interface {
	*T
	Set(string)
}

type conf struct{ s string }

func (c *conf) Set(s string) { c.s = s }

func Build[T any, P Setter[T]](vals ...string) []T {
	out := make([]T, len(vals))
	for i, v := range vals {
		P(&out[i]).Set(v)
	}
	return out
}

func TypeName[T any]() string {
	var z T
	switch any(z).(type) {
	case int:
		return "int"
	case string:
		return "string"
	case []T:
		return "slice"
	}
	return fmt.Sprintf("%T", z)
}

func Ptr[T any](v T) *T { return &v }

func Counter[T comparable]() (func(T), func(T) int) {
	m := map[T]int{}
	return func(v T) { m[v]++ }, func(v T) int { return m[v] }
}

type Opt[T any] func(*T)

func Apply[T any](t *T, opts ...Opt[T]) *T {
	for _, o := range opts {
		o(t)
	}
	return t
}

type Matrix[T Number, R ~[]T] []R

func (m Matrix[T, R]) Total() (s T) {
	for _, r := range m {
		s += Sum(r...)
	}
	return
}

func Len[T ~string | ~[]byte](v T) int {
	n := 0
	for range string(v) {
		n++
	}
	return n + len(v)
}

func Conv[To, From Number](f From) To { return To(f) }

type Num[T Number] struct{ v T }

func (n Num[T]) Add(o Num[T]) Num[T] { return Num[T]{n.v + o.v} }

type Adder[T any] interface{ Add(T) T }

func SumAll[T Adder[T]](first T, rest ...T) T {
	for _, r := range rest {
		first = first.Add(r)
	}
	return first
}

func Mutual[T any](n int, v T) string {
	if n == 0 {
		return fmt.Sprintf("%T", v)
	}
	return other(n-1, v)
}

func other[U any](n int, v U) string { return Mutual(n, v) }

type errT[T any] struct{ v T }

func (e errT[T]) Error() string { return fmt.Sprint("errT ", e.v) }

func main() {
	fmt.Println(Sum(1, 2, 3), Sum(1.5, 2), Sum[MyInt](1, 2), Sum[int8]())
	fmt.Println(Map([]int{1, 2}, func(i int) string { return strconv.Itoa(i * 10) }), Map([]string{"a"}, strings.ToUpper))
	fmt.Println(Reduce([]int{1, 2, 3}, "", func(a string, i int) string { return a + strconv.Itoa(i) }))
	fmt.Println(Keys(map[string]int{"b": 1, "a": 2}), Join([]MyInt{1, 2}))
	l := new(List[string]).Push("x").Push("yy")
	for i, v := range l.All() {
		fmt.Print(i, v, " ")
	}
	fmt.Println(l.Fold(0, func(n int, s string) int { return n + len(s) }), l.Fold("", func(a, b string) string { return b + a }))
	fmt.Println(Box{5}.Get[int]())
	fmt.Println(Box{5}.Get[string]())
	fmt.Printf("%v %+v %T %T\n", Pair[string, int]{"a", 1}, IntPair[bool]{1, true}, IntPair[bool]{}, Set[string]{})
	s := Set[Pair[int, int]]{}
	s.Add(Pair[int, int]{1, 2}).Add(Pair[int, int]{1, 2})
	fmt.Println(len(s), s.Has(Pair[int, int]{1, 2}), s.Has(Pair[int, int]{2, 1}))
	var t *Tree[Age]
	for _, a := range []Age{5, 3, 9, 1} {
		t = t.Insert(a)
	}
	t.Walk(func(a Age) bool { fmt.Print(a, " "); return a < 5 })
	fmt.Println(Build[conf]("p", "q"))
	fmt.Println(TypeName[int](), TypeName[string](), TypeName[[]int](), TypeName[error](), TypeName[Pair[string, []MyInt]]())
	*Ptr(3) = 4
	add, get := Counter[string]()
	add("x")
	add("x")
	fmt.Println(get("x"), get("y"), *Ptr("p"))
	fmt.Println(Apply(&conf{}, func(c *conf) { c.s = "opt" }).s)
	fmt.Println(Matrix[int, []int]{{1, 2}, {3}}.Total(), Len("hé"), Len([]byte("hé")), Conv[int](3.9), Conv[int8](300))
	fmt.Println(SumAll(Num[int]{1}, Num[int]{2}), Mutual(3, []string{}))
	f := Sum[float64]
	fmt.Printf("%T %v\n", f, f(1, 2))
	var e error = errT[int]{3}
	var target errT[int]
	var wrong errT[string]
	fmt.Println(errors.As(fmt.Errorf("w: %w", e), &target), target.v, errors.As(e, &wrong))
	fmt.Println(slices.MaxFunc([]Pair[string, int]{{"a", 1}, {"b", 5}}, func(a, b Pair[string, int]) int { return cmp.Compare(a.Val, b.Val) }))
	type local[T any] struct{ x T }
	fmt.Printf("%T %v\n", local[int]{1}, local[string]{"l"} == local[string]{"l"})
	fmt.Println(*new(7), *new("new of expr"))
}
