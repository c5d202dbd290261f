// Maps: key kinds, NaN, interface keys, deletion and insertion during range, large keys and elements, nil maps.
package main

import (
	"fmt"
	"math"
	"sort"
)

type point struct {
	x, y int
	name string
}

type big struct {
	data [50]int
	s    string
}

type iface interface{ M() int }
type ia int
type ib string

func (a ia) M() int { return int(a) }
func (b ib) M() int { return len(b) }

func try(f func()) {
	defer func() { fmt.Println("recovered:", recover()) }()
	f()
}

func main() {
	m1 := map[bool]int{true: 1}
	m1[false]++
	m2 := map[int8]string{-1: "a"}
	m3 := map[complex128]int{1i: 2}
	m4 := map[*int]int{nil: 3}
	m5 := map[chan int]int{}
	ch := make(chan int)
	m5[ch] = 5
	m6 := map[point]int{{1, 2, "p"}: 6}
	m6[point{1, 2, "p"}]++
	m7 := map[any]int{1: 1, int8(1): 2, "1": 3, 1.0: 4, point{}: 5, [2]int{1, 2}: 6, nil: 7, true: 8}
	m8 := map[iface]string{ia(3): "ia", ib("abc"): "ib"}
	fmt.Println(m1, m2, m3, m4[nil], m5[ch], m6, len(m7), m8[ia(3)], m8[ib("abc")], m8[nil] == "")
	fmt.Println(m7[1], m7[int8(1)], m7["1"], m7[1.0], m7[point{}], m7[[2]int{1, 2}], m7[nil], m7[true], m7[int16(1)])
	try(func() { m7[[]int{1}] = 1 })
	try(func() { _ = m7[map[int]int{}] })
	try(func() { _ = m7[func() {}] })
	try(func() { m7[struct{ a any }{[]int{}}] = 2 })
	var nilmap map[string]int
	fmt.Println(nilmap["x"], len(nilmap), nilmap == nil)
	delete(nilmap, "x")
	for range nilmap {
		panic("no")
	}
	v, ok := nilmap["x"]
	fmt.Println(v, ok)
	try(func() { nilmap["x"] = 1 })
	nan := math.NaN()
	mn := map[float64]int{}
	for i := 0; i < 5; i++ {
		mn[nan] = i
	}
	_, ok = mn[nan]
	sum := 0
	for k, v := range mn {
		if k == k {
			panic("nan")
		}
		sum += v
	}
	delete(mn, nan)
	fmt.Println(len(mn), ok, sum)
	clear(mn)
	fmt.Println(len(mn))
	mb := map[string]big{}
	for i := 0; i < 100; i++ {
		b := big{s: fmt.Sprint("s", i)}
		b.data[49] = i
		mb[fmt.Sprint("k", i)] = b
	}
	total := 0
	for k, b := range mb {
		if k[1:] != b.s[1:] {
			panic(k)
		}
		total += b.data[49]
	}
	fmt.Println(total, mb["none"].s == "")
	kb := map[big]int{}
	for i := 0; i < 20; i++ {
		b := big{s: "x"}
		b.data[25] = i % 7
		kb[b]++
	}
	fmt.Println(len(kb))
	md := map[int]int{}
	for i := 0; i < 1000; i++ {
		md[i] = i
	}
	seen := 0
	for k := range md {
		if k%2 == 0 {
			delete(md, k)
			delete(md, k+1)
		} else {
			delete(md, k)
			delete(md, k-1)
		}
		seen++
	}
	fmt.Println(len(md), seen)
	grow := map[int]bool{0: true}
	steps := 0
	for k := range grow {
		if k < 500 {
			grow[k+1000+steps] = true
		}
		steps++
		if steps > 100000 {
			break
		}
	}
	fmt.Println(steps < 100000, grow[0])
	order := map[int]bool{}
	for i := range 64 {
		order[i] = true
	}
	distinct := map[int]bool{}
	for range 50 {
		for k := range order {
			distinct[k] = true
			break
		}
	}
	fmt.Println("random start:", len(distinct) > 1)
	ms := map[string][]int{}
	ms["a"] = append(ms["a"], 1, 2)
	ms["b"] = append(ms["b"], 3)
	mm := map[string]map[string]int{"x": {"y": 1}}
	mm["x"]["z"] = 2
	mf := map[string]func(int) int{"dbl": func(i int) int { return 2 * i }}
	mp := map[string]*point{"p": {1, 2, "z"}}
	mp["p"].x += 41
	fmt.Println(ms, mm, mf["dbl"](4), *mp["p"])
	keys := make([]string, 0)
	for k := range ms {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	fmt.Println(keys)
	z := map[struct{}]int{{}: 1}
	z[struct{}{}]++
	fmt.Println(z, len(map[int]struct{}{1: {}, 2: {}}))
	var p *map[string]int
	tmp := map[string]int{}
	p = &tmp
	(*p)["q"] |= 6
	(*p)["q"] <<= 2
	fmt.Println(*p)
	try(func() {
		m := map[string]int{}
		defer func() { fmt.Println(m) }()
		m["k"] = func() int { panic("rhs") }()
	})
}
