// Constructs that gc compiles without, or with few, allocations: no more may be made here. The limits are gc's counts.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

func allocs(f func()) float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	f()
	const runs = 50
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / runs)
}

var (
	sinkInt   int
	sinkStr   string
	sinkAny   any
	sinkBool  bool
	sinkByte  byte
	sinkBytes []byte
	bs              = []byte("hello, world")
	long            = []byte(strings.Repeat("long ", 20))
	str             = "some string"
	longStr         = strings.Repeat("y", 100)
	word            = "abc"
	n               = 10
	big             = 100000
	m               = map[string]int{"hello, world": 1, "abc": 2, "": 3}
	mStruct         = map[struct{ a, b string }]int{{"hello, world", "abc"}: 1}
	mArr            = map[[1]string]int{{"hello, world"}: 1}
	small     uint8 = 7
	f64             = 1.5
	eface     any   = 100000
	errBase         = errors.New("base")
	point           = pt{1, 2}
)

type pt struct{ x, y int }

func (p pt) String() string { return "pt" }

type stringer interface{ String() string }

type shape interface{ area() int }
type sq struct{ a, b int }

func (s sq) area() int { return s.a * s.b }

type node struct {
	next *node
	v    int
}

//go:noinline
func takeAny(x any) int {
	if i, ok := x.(int); ok {
		return i
	}
	return 0
}

//go:noinline
func takeVariadic(args ...any) int { return len(args) }

//go:noinline
func takeInts(args ...int) int {
	s := 0
	for _, a := range args {
		s += a
	}
	return s
}

//go:noinline
func takeStringer(s stringer) int { return len(s.String()) }

//go:noinline
func takeShape(s shape) int { return s.area() }

//go:noinline
func takeString(s string) int { return len(s) }

//go:noinline
func takeBytes(b []byte) int { return len(b) }

//go:noinline
func takeFunc(f func(int) int) int { return f(1) }

//go:noinline
func takePtr(p *node) int { return p.v }

//go:noinline
func ident(s string) string { return s }

//go:noinline
func retPtr(p *node) *node { return p }

func variadicSwitch(x any) int {
	switch v := x.(type) {
	case int:
		return v
	case string:
		return len(v)
	}
	return 0
}

type test struct {
	name  string
	limit float64
	f     func()
}

type stack[T any] struct{ items []T }

func (s *stack[T]) push(x T) { s.items = append(s.items, x) }

type list struct{ head *node }

func (l *list) sum() (s int) {
	for p := l.head; p != nil; p = p.next {
		s += p.v
	}
	return
}

var buf bytes.Buffer
var tests = []test{
	// Conversions between strings and bytes.
	{"string(b)==const", 0, func() { sinkBool = string(bs) == "hello, world" }},
	{"string(long)==string(long)", 0, func() { sinkBool = string(long) == string(long) }},
	{"string(b)<str", 0, func() { sinkBool = string(long) < longStr }},
	{"switch string(b)", 0, func() {
		switch string(long) {
		case "a", "b":
			sinkInt = 1
		default:
			sinkInt = 2
		}
	}},
	{"m[string(b)]", 0, func() { sinkInt = m[string(long)] }},
	{"m[string(b)] ok", 0, func() { sinkInt, sinkBool = m[string(long)] }},
	{"m[struct{string(b)}]", 0, func() { sinkInt = mStruct[struct{ a, b string }{string(long), "abc"}] }},
	{"m[array{string(b)}]", 0, func() { sinkInt = mArr[[1]string{string(long)}] }},
	{"delete(m,string(b))", 0, func() { delete(m, string(bs[:3])) }},
	{"range []byte(s)", 0, func() {
		for _, c := range []byte(longStr) {
			sinkByte += c
		}
	}},
	{"range string(b)", 0, func() {
		for _, c := range string(bs) {
			sinkInt += int(c)
		}
	}},
	{"range string(long)", 1, func() {
		for _, c := range string(long) {
			sinkInt += int(c)
		}
	}},
	{"range []rune(s)", 0, func() {
		for _, c := range []rune(str) {
			sinkInt += int(c)
		}
	}},
	{"len([]rune(s))", 0, func() { sinkInt = len([]rune(longStr)) }},
	{"len(string(b))", 0, func() { sinkInt = len(string(bs)) }},
	{"len(string(long))", 0, func() { sinkInt = len(string(long)) }},
	{"string(b) short local", 0, func() { s := string(bs); sinkInt = takeString(s) }},
	{"string(long) local", 1, func() { s := string(long); sinkInt = takeString(s) }},
	{"[]byte(s) short local", 0, func() { b := []byte(str); sinkInt = takeBytes(b) }},
	{"[]byte(s) long read only", 0, func() { b := []byte(longStr); sinkByte = b[n] }},
	{"[]byte(s) long written", 1, func() { b := []byte(longStr); b[n] = 1; sinkByte = b[n] }},
	{"[]byte(const) local", 0, func() { b := []byte("some constant that is longer than thirty-two bytes"); sinkInt = takeBytes(b) }},
	{"[]byte(const) sink", 1, func() { sinkBytes = []byte("some constant that is longer than thirty-two bytes") }},
	{"[]byte(empty)", 0, func() { sinkBytes = []byte("") }},
	{"append(nil,s...)", 1, func() { sinkBytes = append([]byte(nil), str...) }},
	{"append([]byte(nil),[]byte(s)...)", 1, func() { sinkBytes = append([]byte(nil), []byte(longStr)...) }},
	{"copy(b,[]byte(s))", 0, func() { copy(bs, []byte("hello, world")) }},
	{"string(rune)", 0, func() { sinkInt = len(string(rune(n + 70))) }},
	{"string(rune) sink", 0, func() { sinkStr = string(rune(65)) }},
	{"string(b) of one byte", 0, func() { sinkStr = string(bs[:1]) }},
	{"bytes.Equal([]byte(s))", 0, func() { sinkBool = bytes.Equal(bs, []byte("hello, world")) }},
	{"strings.Contains(string(b))", 0, func() { sinkBool = strings.Contains(string(bs), "wor") }},
	{"strings.HasPrefix(string(b))", 0, func() { sinkBool = strings.HasPrefix(string(bs), "hel") }},
	{"strconv.Atoi(string(b))", 0, func() { sinkInt, _ = strconv.Atoi(string([]byte("1234"))) }},
	{"strconv.ParseFloat(string(b))", 0, func() { f64, _ = strconv.ParseFloat(string(bs[:0])+"1.5", 64) }},
	// Concatenation.
	{"a+b sink", 1, func() { sinkStr = str + word }},
	{"a+b compare", 0, func() { sinkBool = str+word == "some stringabc" }},
	{"a+b+c local", 0, func() { sinkInt = takeString(str + "-" + word) }},
	{"a+b+c long local", 1, func() { sinkInt = takeString(longStr + "-" + word) }},
	{"m[a+b]", 0, func() { sinkInt = m[str+word] }},
	{"const+string(make)", 1, func() {
		b := make([]byte, 10)
		copy(b, word)
		sinkStr = "foo" + string(b)
	}},
	{"a+string(b)+c", 0, func() { sinkInt = takeString("x" + string(bs) + "y") }},
	{"a+string(long) sink", 1, func() { sinkStr = "x" + string(long) }},
	{"a+\"\"", 0, func() { sinkStr = str + sinkEmpty }},
	{"six operands", 0, func() { sinkInt = takeString(word + "," + word + "," + word + ",") }},
	{"append(b,a+b...)", 0, func() { sinkBytes = append(long[:0:len(long)], word+","+str...) }},
	{"[]byte(a+b)", 0, func() { sinkInt = takeBytes([]byte(word + str)) }},
	{"loop s+=", 19, func() {
		s := ""
		for i := 0; i < 20; i++ {
			s += "x"
		}
		sinkStr = s
	}},
	{"strconv.Itoa small", 0, func() { sinkStr = strconv.Itoa(n) }},
	{"strconv.Itoa big", 1, func() { sinkStr = strconv.Itoa(big) }},
	{"len(strconv.Itoa big)", 1, func() { sinkInt = len(strconv.Itoa(big)) }},
	{"strconv.AppendInt local", 0, func() {
		var b [20]byte
		sinkInt = len(strconv.AppendInt(b[:0], int64(big), 10))
	}},
	{"strconv.Quote", 1, func() { sinkStr = strconv.Quote(str) }},
	{"strings.Builder", 1, func() {
		var b strings.Builder
		b.Grow(64)
		b.WriteString(str)
		b.WriteByte('x')
		b.WriteString(word)
		sinkStr = b.String()
	}},
	{"strings.Builder local", 3, func() {
		var b strings.Builder
		for range 3 {
			b.WriteString("abcdefgh")
		}
		sinkInt = b.Len()
	}},
	{"bytes.Buffer local", 1, func() {
		var b bytes.Buffer
		b.WriteString(str)
		sinkInt = b.Len()
	}},
	{"strings.ToUpper", 1, func() { sinkStr = strings.ToUpper(str) }},
	{"strings.Repeat", 1, func() { sinkStr = strings.Repeat(word, 10) }},
	{"strings.Split", 1, func() { sinkInt = len(strings.Split("a,b,c", ",")) }},
	{"strings.Fields", 1, func() { sinkInt = len(strings.Fields("a b c")) }},
	{"strings.Join", 1, func() { sinkStr = strings.Join([]string{str, word}, ", ") }},
	{"strings.Replace", 1, func() { sinkStr = strings.Replace(str, "string", "thing", 1) }},
	{"strings.NewReader", 0, func() { r := strings.NewReader(str); c, _ := r.ReadByte(); sinkByte = c }},
	{"strings.Index etc", 0, func() { sinkInt = strings.Index(longStr, "z") + strings.LastIndex(str, "s") }},
	{"strings.EqualFold", 0, func() { sinkBool = strings.EqualFold(str, "SOME STRING") }},
	{"strings.Map", 1, func() { sinkStr = strings.Map(func(r rune) rune { return r + 1 }, str) }},
	{"strings.FieldsFunc", 1, func() { sinkInt = len(strings.FieldsFunc("a b c", func(r rune) bool { return r == ' ' })) }},
	{"utf8", 0, func() { sinkInt = utf8.RuneCountInString(string(bs)) }},
	// Interfaces.
	{"any(int) local", 0, func() { sinkInt = takeAny(big) }},
	{"any(int) sink", 1, func() { sinkAny = big }},
	{"any(small) sink", 0, func() { sinkAny = n }},
	{"any(byte) sink", 0, func() { sinkAny = small }},
	{"any(const) sink", 0, func() { sinkAny = 1 << 40 }},
	{"any(const string) sink", 0, func() { sinkAny = "constant" }},
	{"any(const struct) sink", 0, func() { sinkAny = pt{1, 2} }},
	{"any(zero string) sink", 0, func() { sinkAny = sinkEmpty }},
	{"any(string) sink", 1, func() { sinkAny = str }},
	{"any(string) local", 0, func() { sinkInt = takeAny(str) }},
	{"any(slice) local", 0, func() { sinkInt = takeAny(bs) }},
	{"any(float) local", 0, func() { sinkInt = takeAny(f64) }},
	{"any(struct) local", 0, func() { sinkInt = takeAny(point) }},
	{"any(zero-size)", 0, func() { sinkAny = struct{}{} }},
	{"any(ptr)", 0, func() { sinkAny = &point }},
	{"any(bool) sink", 0, func() { sinkAny = sinkBool }},
	{"any == any", 0, func() { sinkBool = eface == any(big) }},
	{"any == x", 0, func() { sinkBool = eface == big }},
	{"variadic any", 0, func() { sinkInt = takeVariadic(big, str, f64, point) }},
	{"variadic int", 0, func() { sinkInt = takeInts(big, n, 3) }},
	{"switch any(x).(type)", 0, func() { sinkInt = variadicSwitch(big) + variadicSwitch(str) }},
	{"map[any]", 0, func() {
		m := map[any]int{}
		sinkInt = m[big]
	}},
	{"stringer known", 0, func() { var s stringer = point; sinkInt = len(s.String()) }},
	{"shape noinline", 1, func() { sinkInt = takeShape(sq{n, n}) }},
	{"stringer noinline", 1, func() { sinkInt = takeStringer(pt{n, n}) }},
	{"error compare", 0, func() { sinkBool = errors.Is(errBase, io.EOF) }},
	{"errors.Is wrapped", 0, func() { sinkBool = errors.Is(wrapped, errBase) }},
	{"errors.As", 1, func() { var pe *os.PathError; sinkBool = errors.As(wrapped, &pe) }},
	// fmt.
	{"fmt.Sprint small", 1, func() { sinkStr = fmt.Sprint(n) }},
	{"fmt.Sprintf int", 2, func() { sinkStr = fmt.Sprintf("%d", big) }},
	{"fmt.Sprintf small int", 1, func() { sinkStr = fmt.Sprintf("%d", n) }},
	{"fmt.Sprintf string", 2, func() { sinkStr = fmt.Sprintf("%s=%s", str, "x") }},
	{"fmt.Sprintf const", 1, func() { sinkStr = fmt.Sprintf("%s=%d", "x", 12345) }},
	{"fmt.Sprintf only", 0, func() { sinkInt = len(fmt.Sprintf("")) }},
	{"fmt.Fprintf", 1, func() { buf.Reset(); fmt.Fprintf(&buf, "%d", big) }},
	{"fmt.Fprintf discard", 0, func() { fmt.Fprintf(io.Discard, "const %s\n", "x") }},
	{"fmt.Fprint", 1, func() { buf.Reset(); fmt.Fprint(&buf, str) }},
	{"fmt.Appendf", 1, func() { sinkBytes = fmt.Appendf(sinkBytes[:0], "%d", big) }},
	{"fmt.Errorf", 2, func() { sinkAny = fmt.Errorf("x %w", errBase) }},
	{"fmt.Sscan", 3, func() { fmt.Sscan("12", &sinkInt) }},
	// Slices.
	{"make const", 0, func() { s := make([]int, 10); s[n-1] = 1; sinkInt = s[0] }},
	{"make const 64K", 0, func() { s := make([]byte, 65536); s[n] = 1; sinkByte = s[0] }},
	{"make cap const", 0, func() {
		s := make([]int, 0, 8)
		for i := range 8 {
			s = append(s, i)
		}
		sinkInt = len(s)
	}},
	{"make n small", 0, func() { k := n; s := make([]byte, k); s[0] = 1; sinkByte = s[k-1] }},
	{"make n ints", 1, func() { k := n; s := make([]int, k); s[0] = 1; sinkInt = s[k-1] }},
	{"make n 3 ints", 0, func() { k := n - 7; s := make([]int, k); s[0] = 1; sinkInt = s[k-1] }},
	{"append to nil local", 0, func() {
		var s []int
		s = append(s, n)
		sinkInt = takeInts(s...)
	}},
	{"append to nil local 4", 0, func() {
		var s []int
		for i := range 4 {
			s = append(s, i)
		}
		sinkInt = takeInts(s...)
	}},
	{"append to nil local 100", 5, func() {
		var s []int
		for i := range 100 {
			s = append(s, i)
		}
		sinkInt = takeInts(s...)
	}},
	{"append to nil local captured", 0, func() {
		var s []int
		room := func() { sinkInt = cap(s) }
		for i := range 4 {
			s = append(s, i)
			room()
		}
	}},
	{"append returned", 1, func() { sinkBytes = appended() }},
	{"literal", 0, func() { s := []int{n, 2, 3}; sinkInt = takeInts(s...) }},
	{"literal of strings", 0, func() { s := []string{str, word}; sinkInt = len(s[n-9]) }},
	{"literal range", 0, func() {
		for _, s := range []string{str, word, "x"} {
			sinkInt += len(s)
		}
	}},
	{"append(s,make...)", 0, func() { sinkBytes = append(sinkBytes[:0], make([]byte, 10)...) }},
	{"slices.Sort", 0, func() { s := []int{3, 1, n}; slices.Sort(s); sinkInt = s[0] }},
	{"slices.SortFunc", 0, func() { s := []int{3, 1, n}; slices.SortFunc(s, func(a, b int) int { return b - a }); sinkInt = s[0] }},
	{"sort.Slice", 3, func() { s := []int{3, 1, n}; sort.Slice(s, func(i, j int) bool { return s[i] < s[j] }); sinkInt = s[0] }},
	{"sort.Ints", 0, func() { s := []int{3, 1, n}; sort.Ints(s); sinkInt = s[0] }},
	{"sort.Search", 0, func() { sinkInt = sort.Search(100, func(i int) bool { return i >= n }) }},
	{"range over func", 0, func() {
		for v := range slices.Values([]int{1, 2, n}) {
			sinkInt += v
		}
	}},
	{"stack[T]", 1, func() {
		var s stack[int]
		s.push(n)
		sinkInt = s.items[0]
	}},
	// Maps.
	{"map local", 0, func() { m := map[string]int{}; m[str] = 1; sinkInt = m[word] }},
	{"map make hint 8", 0, func() { m := make(map[int]int, 8); m[n] = 1; sinkInt = len(m) }},
	{"map literal", 0, func() { m := map[int]int{1: n, 2: 3}; sinkInt = m[n] }},
	{"map set loop", 0, func() {
		m := map[int]bool{}
		for i := range 8 {
			m[i] = true
		}
		sinkInt = len(m)
	}},
	{"map range", 0, func() {
		for k, v := range m {
			sinkInt += len(k) + v
		}
	}},
	{"map clear", 0, func() { m := map[int]int{1: 2}; clear(m); sinkInt = len(m) }},
	{"map make big", 3, func() { m := make(map[int]int, 100); m[n] = 1; sinkInt = len(m) }},
	// Pointers and closures.
	{"new local", 0, func() { p := new(node); p.v = n; sinkInt = p.v }},
	{"&T local", 0, func() { sinkInt = takePtr(&node{v: n}) }},
	{"returned parameter", 0, func() { sinkInt = retPtr(&node{v: n}).v }},
	{"linked locals", 0, func() {
		a := &node{v: 1}
		b := &node{a, 2}
		l := list{b}
		sinkInt = l.sum()
	}},
	{"linked in a loop", 10, func() {
		var head *node
		for i := range 10 {
			head = &node{head, i}
		}
		l := list{head}
		sinkInt = l.sum()
	}},
	{"closure local", 0, func() { k := n; sinkInt = takeFunc(func(x int) int { return x + k }) }},
	{"closure writes", 0, func() {
		k := n
		f := func() { k++ }
		f()
		f()
		sinkInt = k
	}},
	{"closure in a loop", 0, func() {
		for i := range 5 {
			sinkInt += takeFunc(func(x int) int { return x + i })
		}
	}},
	{"method value", 0, func() { f := point.String; sinkInt = len(f()) }},
	{"method expression", 0, func() { sinkInt = len(pt.String(point)) }},
	{"defer closure", 0, func() {
		k := n
		defer func() { sinkInt = k }()
	}},
	{"recover", 0, func() {
		defer func() { recover() }()
	}},
	{"panic", 1, func() {
		defer func() { recover() }()
		panic(big)
	}},
	{"mutex", 1, func() { var mu sync.Mutex; mu.Lock(); sinkInt++; mu.Unlock() }},
	{"once", 1, func() { var o sync.Once; o.Do(func() { sinkInt++ }) }},
	{"array by value", 0, func() { a := [100]int{}; a[n] = 1; sinkInt = a[n-1] }},
	{"time", 0, func() { sinkInt = int(time.Since(start)) }},
	{"time.Format", 1, func() { sinkStr = start.Format(time.RFC3339) }},
	{"select default", 0, func() {
		select {
		case <-ch:
		default:
		}
	}},
	{"bytes.NewReader", 0, func() { r := bytes.NewReader(bs); sinkInt = r.Len() }},
	{"io.ReadAll", 2, func() { b, _ := io.ReadAll(strings.NewReader(str)); sinkInt = len(b) }},
	{"io.WriteString", 0, func() { io.WriteString(io.Discard, str) }},
	{"struct compare", 0, func() {
		sinkBool = struct {
			a any
			b string
		}{big, str} == struct {
			a any
			b string
		}{big, word}
	}},
	{"temporary in a loop", 0, func() {
		for i := range 10 {
			s := string(bs[:i])
			sinkInt += takeString(s)
		}
	}},
	{"concatenation in a loop", 0, func() {
		for i := range 10 {
			s := word + str[:i]
			sinkInt += takeString(s)
		}
	}},
	{"temporary over iterations", 10, func() {
		last := ""
		for i := range 10 {
			s := string(bs[:i+2])
			if s < last {
				sinkInt++
			}
			last = s
		}
	}},
}

func appended() []byte {
	var s []byte
	for i := range 6 {
		s = append(s, byte(i))
	}
	return s
}

var (
	sinkEmpty = ""
	wrapped   = fmt.Errorf("wrapped: %w", errBase)
	start     = time.Now()
	ch        = make(chan int)
)

func main() {
	verbose := len(os.Args) > 1
	for _, t := range tests {
		got := allocs(t.f)
		if verbose {
			fmt.Printf("%-32s %v\n", t.name, got)
		} else if got > t.limit {
			fmt.Printf("%s: %v allocations, limit %v\n", t.name, got, t.limit)
		}
	}
	fmt.Println(len(tests), "constructs")
}
