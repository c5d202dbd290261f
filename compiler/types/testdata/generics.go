// Inference, unification, generic arguments and methods.
package p

type number interface{ ~int | ~float64 }

func sum[T number](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return
}

func convert[To, From any](x From, f func(From) To) To { return f(x) }

func pick[K comparable, M ~map[K]V, V any](m M, k K) V { return m[k] }

func id[T any](x T) T { return x }

type list[T any] struct{ items []T }

func (l *list[T]) add(x T) { l.items = append(l.items, x) }

func (l *list[T]) each[R any](f func(T) R) (out []R) {
	for _, x := range l.items {
		out = append(out, f(x))
	}
	return
}

type ages map[string]int

func uses() {
	var _ float64 = sum(1, 2.5)
	var _ int = pick(ages{}, "x")
	var _ string = convert(1, func(int) string { return "" })
	var _ int = convert(1, id)
	var _ func(string) string = id
	l := &list[int]{}
	l.add(1)
	var _ []string = l.each(func(int) string { return "" })

	sum("a")          // ERROR "string does not satisfy number"
	sum(1, "a")       // ERROR "mismatched types untyped int and untyped string (cannot infer T)"
	sum[bool]()       // ERROR "bool does not satisfy number"
	sum[int, int](1)  // ERROR "got 2 type arguments but want 1"
	_ = convert[int]  // ERROR "cannot infer From"
	_ = id            // ERROR "cannot use generic function id without instantiation"
	l.add("a")        // ERROR "cannot use \"a\" (untyped string constant) as int value in argument to l.add"
	pick(1, 2)        // ERROR "in call to pick, cannot infer V"
	var _ list        // ERROR "cannot use generic type list[T any] without instantiation"
	var _ func() = id // ERROR "type func() of _ does not match func(x T) T (cannot infer T)"
}
