// Packages sort, slices, maps, cmp, container/heap, list and ring.
package main

import (
	"cmp"
	"container/heap"
	"container/list"
	"container/ring"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

type person struct {
	name string
	age  int
}

type byAge []person

func (b byAge) Len() int           { return len(b) }
func (b byAge) Less(i, j int) bool { return b[i].age < b[j].age }
func (b byAge) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	o := *h
	x := o[len(o)-1]
	*h = o[:len(o)-1]
	return x
}

func main() {
	ps := []person{{"a", 30}, {"b", 20}, {"c", 30}, {"d", 10}}
	sort.Stable(byAge(ps))
	fmt.Println(ps)
	sort.Sort(sort.Reverse(byAge(ps)))
	fmt.Println(ps[0].age, ps[3].age)
	slices.SortStableFunc(ps, func(a, b person) int {
		return cmp.Or(cmp.Compare(a.age, b.age), strings.Compare(a.name, b.name))
	})
	fmt.Println(ps)
	seed := uint32(1)
	xs := make([]int, 5000)
	for i := range xs {
		seed = seed*1664525 + 1013904223
		xs[i] = int(seed >> 8 % 1000)
	}
	ys := slices.Clone(xs)
	sort.Ints(xs)
	slices.Sort(ys)
	fmt.Println(slices.Equal(xs, ys), slices.IsSorted(xs), sort.IntsAreSorted(xs), xs[0], xs[4999])
	strs := []string{"pear", "fig", "apple", "fig"}
	sort.Strings(strs)
	i, ok := slices.BinarySearch(strs, "fig")
	fmt.Println(strs, i, ok, sort.SearchStrings(strs, "b"), slices.Compact(slices.Clone(strs)))
	fmt.Println(sort.Search(100, func(i int) bool { return i*i >= 50 }))
	fs := []float64{2.5, -1, 0}
	sort.Float64s(fs)
	fmt.Println(fs, slices.Max(fs), slices.Min(fs), slices.Index(fs, 0), slices.Contains(fs, 9))
	zs := []int{1, 2, 3, 4, 5}
	zs = slices.Insert(zs, 2, 10, 11)
	zs = slices.Delete(zs, 0, 1)
	slices.Reverse(zs)
	fmt.Println(zs, slices.IndexFunc(zs, func(x int) bool { return x > 10 }), slices.Repeat([]int{1}, 3), slices.Concat(zs, zs)[:8])
	zs = slices.DeleteFunc(zs, func(x int) bool { return x%2 == 0 })
	fmt.Println(zs, slices.Replace(zs, 0, 1, 7, 8), slices.Compare([]int{1, 2}, []int{1, 3}))
	m := map[string]int{"x": 1, "y": 2, "z": 3}
	m2 := maps.Clone(m)
	maps.DeleteFunc(m2, func(k string, v int) bool { return v == 2 })
	fmt.Println(maps.Equal(m, m2), slices.Sorted(maps.Keys(m2)), slices.Sorted(maps.Values(m)), maps.Collect(slices.All([]string{"p", "q"})))
	h := &intHeap{5, 2, 8}
	heap.Init(h)
	heap.Push(h, 1)
	(*h)[2] = 0
	heap.Fix(h, 2)
	for h.Len() > 0 {
		fmt.Print(heap.Pop(h), " ")
	}
	fmt.Println()
	l := list.New()
	e := l.PushBack(1)
	l.PushFront(0)
	l.InsertAfter(5, e)
	l.MoveToFront(e)
	for e := l.Front(); e != nil; e = e.Next() {
		fmt.Print(e.Value, " ")
	}
	l.Remove(e)
	fmt.Println(l.Len())
	r := ring.New(4)
	for i := range 4 {
		r.Value = i
		r = r.Next()
	}
	sum := 0
	r.Do(func(v any) { sum += v.(int) })
	fmt.Println(sum, r.Len(), r.Move(2).Value)
	fmt.Println(cmp.Compare(1.5, 0.5), cmp.Less("a", "b"), cmp.Or(0, 3, 4))
	func() {
		defer func() { fmt.Println(recover()) }()
		slices.Insert([]int{1}, 5, 1)
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		slices.Max([]int{})
	}()
}
