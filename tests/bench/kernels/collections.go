// Maps, sorting, generic containers, dispatch.
package main

import (
	"cmp"
	"container/heap"
	"container/list"
	"fmt"
	"maps"
	"os"
	"slices"
	"sort"
	"strings"
)

var kernels = []struct {
	name string
	run  func() any
}{
	{"map-int", mapInt},
	{"map-int-hit", mapIntHit},
	{"map-string", mapString},
	{"map-struct", mapStruct},
	{"map-iterate", mapIterate},
	{"map-bytes-key", mapBytesKey},
	{"map-set-delete", mapSetDelete},
	{"sort-slice", sortSlice},
	{"sort-ints", sortInts},
	{"slices-sortfunc", slicesSortFunc},
	{"sort-strings", sortStrings},
	{"sort-interface", sortInterface},
	{"binary-search", binarySearch},
	{"heap", heapKernel},
	{"list", listKernel},
	{"generic-tree", genericTree},
	{"generic-stack", genericStack},
	{"iface-dispatch", ifaceDispatch},
	{"iface-single", ifaceSingle},
	{"closures", closures},
	{"type-switch", typeSwitch},
	{"method-values", methodValues},
	{"append", appendKernel},
	{"slices-funcs", slicesFuncs},
	{"struct-copy", structCopy},
	{"iterators", iterators},
	{"defer", deferKernel},
	{"linked-alloc", linkedAlloc},
}

func main() {
	for _, k := range kernels {
		if len(os.Args) < 2 {
			fmt.Println(k.name)
		} else if os.Args[1] == k.name {
			fmt.Println(k.run())
		}
	}
}

type rng uint64

func (r *rng) next() uint64 {
	x := uint64(*r)
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	*r = rng(x)
	return x
}

func mapInt() any {
	m := map[int]int{}
	r := rng(1)
	for range 2_000_000 {
		m[int(r.next()>>44)]++
	}
	return len(m)
}

func mapIntHit() any {
	m := map[int]int{}
	for i := range 1000 {
		m[i*7] = i
	}
	s := 0
	for range 10000 {
		for i := range 1000 {
			s += m[i*7]
		}
	}
	return s
}

func mapString() any {
	words := make([]string, 5000)
	for i := range words {
		words[i] = fmt.Sprint("word", i*31)
	}
	m := map[string]int{}
	for range 400 {
		for i, w := range words {
			m[w] += i
		}
	}
	return m["word31"] + len(m)
}

type point struct{ x, y int32 }

func mapStruct() any {
	m := map[point]int{}
	for i := range 1_500_000 {
		p := point{int32(i % 300), int32(i % 177)}
		m[p]++
		if m[point{p.y, p.x}] > 3 {
			m[p]--
		}
	}
	return len(m)
}

func mapIterate() any {
	m := map[int]string{}
	for i := range 10000 {
		m[i] = "x"
	}
	s := 0
	for range 300 {
		for k, v := range m {
			s += k + len(v)
		}
	}
	return s
}

func mapBytesKey() any {
	text := []byte(strings.Repeat("the quick brown fox jumps over the lazy dog and runs away ", 2000))
	counts := map[string]int{}
	for range 12 {
		start := 0
		for i, c := range text {
			if c == ' ' {
				counts[string(text[start:i])]++
				start = i + 1
			}
		}
	}
	return counts["the"] + len(counts)
}

func mapSetDelete() any {
	seen := map[uint32]struct{}{}
	r := rng(9)
	for range 3_000_000 {
		k := uint32(r.next() % 5000)
		if _, ok := seen[k]; ok {
			delete(seen, k)
		} else {
			seen[k] = struct{}{}
		}
	}
	return len(seen)
}

type person struct {
	name string
	age  int
}

func people(n int) []person {
	r := rng(5)
	p := make([]person, n)
	for i := range p {
		p[i] = person{fmt.Sprint("p", r.next()%100000), int(r.next() % 1000)}
	}
	return p
}

func sortSlice() any {
	p := people(200_000)
	sort.Slice(p, func(i, j int) bool {
		if p[i].age != p[j].age {
			return p[i].age < p[j].age
		}
		return p[i].name < p[j].name
	})
	return p[0].name
}

func sortInts() any {
	r := rng(5)
	a := make([]int, 1_500_000)
	for i := range a {
		a[i] = int(r.next() >> 20)
	}
	slices.Sort(a)
	return a[0]
}

func slicesSortFunc() any {
	p := people(200_000)
	slices.SortFunc(p, func(a, b person) int {
		return cmp.Or(cmp.Compare(a.age, b.age), strings.Compare(a.name, b.name))
	})
	return p[0].name
}

func sortStrings() any {
	r := rng(5)
	a := make([]string, 200_000)
	for i := range a {
		a[i] = fmt.Sprintf("%x", r.next())
	}
	sort.Strings(a)
	return a[0]
}

type byAge []person

func (b byAge) Len() int           { return len(b) }
func (b byAge) Less(i, j int) bool { return b[i].age < b[j].age }
func (b byAge) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func sortInterface() any {
	p := people(300_000)
	sort.Sort(byAge(p))
	return p[0].age
}

func binarySearch() any {
	a := make([]int, 1<<16)
	for i := range a {
		a[i] = i * 3
	}
	s := 0
	r := rng(2)
	for range 2_000_000 {
		k := int(r.next() % (3 << 16))
		s += sort.Search(len(a), func(i int) bool { return a[i] >= k })
		if _, ok := slices.BinarySearch(a, k); ok {
			s++
		}
	}
	return s
}

type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func heapKernel() any {
	h := &intHeap{}
	r := rng(5)
	s := 0
	for i := range 600_000 {
		heap.Push(h, int(r.next()>>40))
		if i%3 == 2 {
			s += heap.Pop(h).(int)
		}
	}
	return s
}

func listKernel() any {
	l := list.New()
	s := 0
	for i := range 2_000_000 {
		l.PushBack(i)
		if l.Len() > 100 {
			e := l.Front()
			s += e.Value.(int)
			l.Remove(e)
		}
	}
	return s
}

type tree[K cmp.Ordered, V any] struct {
	root *node[K, V]
	size int
}
type node[K cmp.Ordered, V any] struct {
	key         K
	value       V
	left, right *node[K, V]
}

func (t *tree[K, V]) put(k K, v V) {
	at := &t.root
	for *at != nil {
		switch c := cmp.Compare(k, (*at).key); {
		case c < 0:
			at = &(*at).left
		case c > 0:
			at = &(*at).right
		default:
			(*at).value = v
			return
		}
	}
	*at = &node[K, V]{key: k, value: v}
	t.size++
}
func (t *tree[K, V]) walk(f func(K, V)) {
	var visit func(n *node[K, V])
	visit = func(n *node[K, V]) {
		if n != nil {
			visit(n.left)
			f(n.key, n.value)
			visit(n.right)
		}
	}
	visit(t.root)
}

func genericTree() any {
	var t tree[int, int]
	r := rng(11)
	for i := range 300_000 {
		t.put(int(r.next()>>30), i)
	}
	s := 0
	t.walk(func(k, v int) { s += k ^ v })
	return s
}

type stack[T any] struct{ items []T }

func (s *stack[T]) push(x T) { s.items = append(s.items, x) }
func (s *stack[T]) pop() (x T, ok bool) {
	if len(s.items) == 0 {
		return x, false
	}
	x = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return x, true
}

func genericStack() any {
	var st stack[int]
	s := 0
	for i := range 30_000_000 {
		st.push(i)
		if i&3 != 0 {
			x, _ := st.pop()
			s += x
		}
		if len(st.items) > 1000 {
			st.items = st.items[:0]
		}
	}
	return s
}

type shape interface{ area() float64 }
type square struct{ a float64 }
type circle struct{ r float64 }
type rect struct{ a, b float64 }

func (s square) area() float64  { return s.a * s.a }
func (c *circle) area() float64 { return 3 * c.r * c.r }
func (r rect) area() float64    { return r.a * r.b }

func ifaceDispatch() any {
	shapes := make([]shape, 1000)
	for i := range shapes {
		switch i * 7 % 3 {
		case 0:
			shapes[i] = square{float64(i)}
		case 1:
			shapes[i] = &circle{float64(i)}
		default:
			shapes[i] = rect{float64(i), 2}
		}
	}
	s := 0.0
	for range 30000 {
		for _, sh := range shapes {
			s += sh.area()
		}
	}
	return s
}

type counter interface {
	add(n int)
	total() int
}
type simpleCounter struct{ n int }

func (c *simpleCounter) add(n int)  { c.n += n }
func (c *simpleCounter) total() int { return c.n }

func count(c counter, n int) {
	for i := range n {
		c.add(i)
	}
}

func ifaceSingle() any {
	c := &simpleCounter{}
	count(c, 100_000_000)
	return c.total()
}

func apply(a []int, f func(int) int) {
	for i, x := range a {
		a[i] = f(x)
	}
}

func compose(f, g func(int) int) func(int) int { return func(x int) int { return g(f(x)) } }

func closures() any {
	a := make([]int, 1000)
	k := 3
	f := compose(func(x int) int { return x + k }, func(x int) int { return x ^ k })
	for range 30000 {
		apply(a, func(x int) int { return x + k })
	}
	for range 10000 {
		apply(a, f)
	}
	return a[17]
}

func typeSwitch() any {
	values := []any{1, "two", 3.0, []int{4}, point{5, 6}, int64(7), nil, true}
	s := 0
	for i := range 30_000_000 {
		switch v := values[i&7].(type) {
		case int:
			s += v
		case string:
			s += len(v)
		case float64:
			s += int(v)
		case []int:
			s += v[0]
		case point:
			s += int(v.x)
		case int64:
			s += int(v)
		case nil:
			s--
		default:
			s++
		}
	}
	return s
}

type acc struct{ n int }

func (a *acc) add(x int) { a.n += x }

func methodValues() any {
	a := &acc{}
	f := a.add
	for i := range 100_000_000 {
		f(i)
	}
	return a.n
}

func appendKernel() any {
	s := 0
	for range 200 {
		var a []int
		for i := range 100_000 {
			a = append(a, i)
		}
		s += len(a) + cap(a)&1
		b := append([]int(nil), a...)
		s += b[len(b)-1]
	}
	return s
}

func slicesFuncs() any {
	a := make([]int, 10000)
	for i := range a {
		a[i] = i * 37 % 10007
	}
	s := 0
	for range 2000 {
		s += slices.Index(a, 5000) + slices.Max(a)
		if slices.Contains(a, -1) {
			s++
		}
		if slices.ContainsFunc(a, func(x int) bool { return x > 20000 }) {
			s++
		}
		slices.Reverse(a)
	}
	return s
}

type vec struct{ x, y, z, w float64 }

func (a vec) add(b vec) vec           { return vec{a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w} }
func (a vec) scale(k float64) vec     { return vec{a.x * k, a.y * k, a.z * k, a.w * k} }
func (a vec) dot(b vec) float64       { return a.x*b.x + a.y*b.y + a.z*b.z + a.w*b.w }

func structCopy() any {
	a := make([]vec, 1000)
	for i := range a {
		a[i] = vec{float64(i), 1, 2, 3}
	}
	s := 0.0
	for range 10000 {
		for i := 1; i < len(a); i++ {
			a[i] = a[i].add(a[i-1].scale(0.5)).scale(0.66)
		}
		s += a[5].dot(a[6])
	}
	return int(s)
}

func iterators() any {
	m := map[string]int{"a": 1, "b": 2, "c": 3, "d": 4}
	a := make([]int, 1000)
	for i := range a {
		a[i] = i
	}
	even := func(yield func(int) bool) {
		for _, x := range a {
			if x%2 == 0 && !yield(x) {
				return
			}
		}
	}
	s := 0
	for range 20000 {
		for x := range even {
			s += x
		}
	}
	for range 300000 {
		for _, v := range maps.All(m) {
			s += v
		}
	}
	return s
}

func guarded(x *int) {
	defer func() { *x++ }()
	*x += 2
}

func deferKernel() any {
	x := 0
	for range 20_000_000 {
		guarded(&x)
	}
	return x
}

type cell struct {
	next *cell
	v    int
}

func linkedAlloc() any {
	s := 0
	for range 100 {
		var head *cell
		for i := range 50_000 {
			head = &cell{head, i}
		}
		for c := head; c != nil; c = c.next {
			s += c.v
		}
	}
	return s
}
