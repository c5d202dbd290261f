// Objects that begin in the frame must not be taken for one another, and those that outlive the frame must not be in it.
package main

import (
	"fmt"
	"runtime"
	"sort"
	"strings"
)

var n = 3
var words = []string{"alpha", "beta", "gamma"}
var keep []any

//go:noinline
func churn() {
	for range 50 {
		keep = append(keep[:0], make([]byte, 100), fmt.Sprint("x", len(keep)))
	}
	runtime.GC()
}

// Slices that grow at the same append, alive together.
func appendsTogether() {
	var all [3][]int
	for i := range all {
		var s []int
		for j := range i + 2 {
			s = append(s, 10*i+j)
		}
		all[i] = s
	}
	churn()
	fmt.Println(all)
}

// A slice carried over iterations while a new one begins.
func appendCarried() {
	var last []byte
	sum := 0
	for i := range 5 {
		var s []byte
		s = append(s, byte('a'+i))
		s = append(s, byte('A'+i))
		for _, c := range last {
			sum = sum*3 + int(c)
		}
		last = s
	}
	fmt.Println(sum, string(last))
}

func makesCarried() {
	var first, last []int
	for i := range 4 {
		s := make([]int, n)
		s[0] = i
		if i == 0 {
			first = s
		}
		last = s
	}
	fmt.Println(first, last)
}

// A made slice is clear each time, also in the same buffer.
func madeClear() {
	for i := range 4 {
		s := make([]byte, n+i, 2*n+i)
		fmt.Print(s, s[:cap(s)], " ")
		for j := range s[:cap(s)] {
			s[:cap(s)][j] = 0xff
		}
	}
	fmt.Println()
}

// An element's address, or the map, survives.
func returnedMap() map[string]int {
	m := map[string]int{"a": 1}
	m["b"] = n
	return m
}

var escaped map[int]*int

func storedMap() {
	m := map[int]*int{}
	for i := range 3 {
		m[i] = new(int)
		*m[i] = i
	}
	escaped = m
}

func values() (out []*int) {
	m := map[string]*int{}
	for i, w := range words {
		m[w] = new(int)
		*m[w] = i
	}
	for _, w := range words {
		out = append(out, m[w])
	}
	return out
}

type pair struct {
	key string
	val []byte
}

func mapOfStructs() pair {
	m := map[int]pair{}
	for i := range 20 { // grows out of the frame
		m[i] = pair{words[i%3] + fmt.Sprint(i), []byte(words[i%3])}
	}
	churn()
	sum := 0
	for k, v := range m {
		sum += k * len(v.key)
	}
	fmt.Println(len(m), sum)
	return m[7]
}

func mapsTogether() {
	var maps [3]map[int]string
	for i := range maps {
		m := map[int]string{}
		m[i] = words[i]
		maps[i] = m
	}
	churn()
	fmt.Println(maps)
}

func mapCarried() {
	prev := map[int]int{}
	for i := range 5 {
		m := map[int]int{}
		for k, v := range prev {
			m[k] = v + 1
		}
		m[i] = 0
		prev = m
	}
	fmt.Println(prev)
}

func mapInClosure() {
	m := map[string]int{}
	count := func(s string) { m[s]++ }
	for _, w := range strings.Fields("a b a c b a") {
		count(w)
	}
	clear(m)
	count("z")
	delete(m, "q")
	v, ok := m["z"]
	fmt.Println(m, v, ok, len(m))
}

func rangeWhileChanging() {
	m := map[int]int{1: 1, 2: 2, 3: 3}
	for k := range m {
		delete(m, k)
		m[k+10] = k
		if len(m) > 8 {
			break
		}
	}
	keys := []int{}
	for k := range m {
		keys = append(keys, k%10)
	}
	sort.Ints(keys)
	fmt.Println(len(m) == len(keys))
}

// Boxes.
func box(x any) any { return x }

//go:noinline
func look(x any) string { return fmt.Sprint(x) }

func boxes() {
	var all []any
	for i := range 3 {
		all = append(all, i*1000)
		all = append(all, words[i])
		all = append(all, box([]int{i}))
	}
	last := any(nil)
	for i := range 3 {
		x := any(i * 1000)
		if last != nil && last == x {
			fmt.Println("the same box")
		}
		last = x
	}
	churn()
	fmt.Println(all, last)
	for i := range 3 {
		fmt.Print(look(i*1000), look(words[i]+"!"), " ")
	}
	fmt.Println(box(1<<40) == any(1<<40), box("x") == any("x"), box(1.5) != any(2.5), any(pair{}.key) == "")
}

// Bytes of strings.
func shared(s string) {
	b := []byte(s)
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	e := []byte(s[:0])
	fmt.Println(sum, len(b), cap(b) >= len(b), e == nil, len(e))
	b = []byte(s)
	c := b[:2]
	c[0] = 'X'
	fmt.Println(string(b), s)
}

func upper(b []byte) {
	for i := range b {
		b[i] -= 'a' - 'A'
	}
}

func writtenElsewhere(s string) string {
	b := []byte(s)
	upper(b)
	f := func() { b[0] = '_' }
	f()
	return string(b)
}

type holder struct{ b []byte }

func writtenThroughHolder(s string) (string, string) {
	h := holder{[]byte(s)}
	p := &h
	p.b[1] = '?'
	return string(h.b), s
}

func constants() string {
	a := []byte("constant")
	a[0] = 'K'
	b := []byte("constant")
	return string(a) + string(b)
}

// Strings in buffers, over iterations and calls.
func strings_() {
	seen := map[string]bool{}
	longest, prev := "", ""
	for i := range 6 {
		s := words[i%3] + "-" + words[(i/2)%3]
		if s > longest {
			longest = s
		}
		if prev == s {
			fmt.Println("twice", s)
		}
		prev = s
		seen[s] = true
	}
	churn()
	keys := []string{}
	for k := range seen {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	fmt.Println(longest, keys)
	bytes := []byte("key")
	m := map[string]int{"key": 1}
	m[string(bytes)] = 2
	bytes[0] = 'K'
	m[string(bytes)] = 3
	fmt.Println(m, "a"+string(bytes)+"b", len(string(bytes)), len([]rune("añb"+string(bytes))))
	type k struct {
		a string
		b [1]string
	}
	mk := map[k]int{{"Key", [1]string{"x"}}: 5}
	fmt.Println(mk[k{string(bytes), [1]string{string([]byte("x"))}}])
	switch string(bytes) {
	case "key":
		fmt.Println("old")
	case "Key":
		bytes[0] = '?'
		fmt.Println("new")
	}
	bytes = append(bytes, []byte(string(bytes)+"!")...)
	fmt.Println(string(bytes), copy(bytes, []byte("ab")), string(bytes))
}

type iface interface{ M() int }
type impl int

func (i impl) M() int { return int(i) }

func mixed(x any, i iface, f any) {
	fmt.Println(x == 1000, x != 1000, i == impl(3), i != impl(4), 1000 == x, x == "s", f == 1.5, x == any(nil), i == nil)
	var e error
	fmt.Println(e == error(nil), x == pair{}.key)
}

func deferred() (err error) {
	m := map[string]int{"x": n}
	s := make([]string, 0, n-1)
	defer func() {
		s = append(s, "deferred")
		err = fmt.Errorf("%v %v %v", recover(), m, s)
	}()
	s = append(s, "body")
	m["y"] = 1
	var p *pair
	m[p.key] = 2
	return nil
}

func recursive(depth int, up []int) int {
	var s []int
	s = append(s, depth)
	b := make([]int, depth%3)
	if depth == 0 {
		return len(up) + len(b)
	}
	r := recursive(depth-1, s)
	return r + s[0] + up[0] + len(b)
}

func main() {
	appendsTogether()
	appendCarried()
	makesCarried()
	madeClear()
	m := returnedMap()
	storedMap()
	vs := values()
	p := mapOfStructs()
	mapsTogether()
	mapCarried()
	mapInClosure()
	rangeWhileChanging()
	churn()
	fmt.Println(m, *escaped[1], *vs[2], p.key, string(p.val))
	boxes()
	shared("some string that is longer than the buffer of a temporary")
	fmt.Println(writtenElsewhere("abc"), constants())
	fmt.Println(writtenThroughHolder("abcdef"))
	strings_()
	mixed(1000, impl(3), 1.5)
	fmt.Println(deferred())
	fmt.Println(recursive(500, []int{1}))
}
