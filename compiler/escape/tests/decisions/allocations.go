// -l
package p

type T struct{ a, b *int }

type big [1 << 17]byte

var sink any

func literals(n int, s string, b []byte) (r []any) {
	x := 10
	y := 20
	y++
	t := &T{&n, nil}
	_ = t
	sink = &T{&x, nil}
	_ = []int{1, n}
	_ = map[string]*int{"y": &y}
	sink = n
	sink = any(n)
	sink = interface{ M() }(nil)
	_ = s + string(b) + "x"
	sink = s + "x"
	_ = []byte(s)
	sink = []rune(s)
	sink = [2]int{}
	sink = struct{ x int }{n}
	r = append(r, n, "c", 'c', 1.5, int8(3))
	return r
}

func makes(n int) {
	const c = 10
	m := c * 2
	_ = make([]int, c)
	_ = make([]int, m)
	_ = make([]int, n)
	_ = make([]int, 1<<17)
	_ = make([]struct{}, n)
	_ = make(map[int]int, n)
	_ = make(chan int, n)
	sink = make([]int, 1)
	_ = new(int)
	_ = new(big)
	var b big
	var bb [2]big
	_, _ = b, bb
	_ = new(x(n))
}

func x(i int) int { return i }

var pkgLevel = []*int{new(int)}
var static = &T{}

func mutated(s string) byte {
	b := []byte(s)
	b[0] = 'x'
	return b[1]
}

type M struct{ p *int }

func (m M) value() *int    { return m.p }
func (m *M) pointer() *int { return m.p }

func methods(m M, p *M) {
	f := m.value
	g := p.pointer
	f()
	g()
	sink = p.pointer
	h := (*M).pointer
	h(&m)
}

func appends(s []*int, p *int) []*int {
	var local []*int
	local = append(local, p)
	copy(s, local)
	return append(s, local...)
}
