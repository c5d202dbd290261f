package main

import (
	"cmp"
	"fmt"
	"strings"
)

type number interface {
	~int | ~int64 | ~float64
}

func sum[T number](xs ...T) (t T) {
	for _, x := range xs {
		t += x
	}
	return
}

func mapTo[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, 0, len(xs))
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

type list[T any] struct {
	head *node[T]
	size int
}

type node[T any] struct {
	value T
	next  *node[T]
}

func (l *list[T]) push(v T) { l.head = &node[T]{v, l.head}; l.size++ }

func (l *list[T]) all() func(yield func(int, T) bool) {
	return func(yield func(int, T) bool) {
		i := 0
		for n := l.head; n != nil; n = n.next {
			if !yield(i, n.value) {
				return
			}
			i++
		}
	}
}

type tree[K cmp.Ordered, V any] struct {
	left, right *tree[K, V]
	key         K
	value       V
}

func (t *tree[K, V]) put(k K, v V) *tree[K, V] {
	if t == nil {
		return &tree[K, V]{key: k, value: v}
	}
	switch c := cmp.Compare(k, t.key); {
	case c < 0:
		t.left = t.left.put(k, v)
	case c > 0:
		t.right = t.right.put(k, v)
	default:
		t.value = v
	}
	return t
}

func (t *tree[K, V]) walk(f func(K, V)) {
	if t != nil {
		t.left.walk(f)
		f(t.key, t.value)
		t.right.walk(f)
	}
}

type celsius float64

type stringer interface{ String() string }

func (c celsius) String() string { return fmt.Sprintf("%.1f°C", float64(c)) }

func join[T stringer](xs []T) string {
	return strings.Join(mapTo(xs, T.String), " ")
}

type pair[A, B any] struct {
	a A
	b B
}

func makePair[A, B any](a A, b B) pair[A, B] { return pair[A, B]{a, b} }

func main() {
	fmt.Println(sum(1, 2, 3), sum(1.5, 2), sum[celsius](1, 2.5))
	fmt.Println(mapTo([]int{1, 2, 3}, func(i int) string { return strings.Repeat("x", i) }))
	var l list[string]
	for _, s := range []string{"a", "b", "c", "d"} {
		l.push(s)
	}
	for i, s := range l.all() {
		if i == 1 {
			continue
		}
		if i == 3 {
			break
		}
		fmt.Print(i, s, " ")
	}
	fmt.Println(l.size)
	var t *tree[string, int]
	for i, w := range strings.Fields("the quick brown fox jumps over the lazy dog") {
		t = t.put(w, i)
	}
	t.walk(func(k string, v int) { fmt.Print(k, "=", v, " ") })
	fmt.Println()
	fmt.Println(join([]celsius{1, 20.55}))
	fmt.Printf("%v %T\n", makePair(1, "x"), makePair[any, []int](nil, nil))
}
