// Classic algorithms on slices, maps and heaps: queens, sudoku, life, Dijkstra, LRU, Huffman, matrices, edit distance.
package main

import (
	"container/heap"
	"container/list"
	"fmt"
	"math"
	"sort"
	"strings"
)

func queens(n, row int, cols, d1, d2 uint) int {
	if row == n {
		return 1
	}
	count := 0
	for free := ^(cols | d1 | d2) & (1<<n - 1); free != 0; free &= free - 1 {
		bit := free & -free
		count += queens(n, row+1, cols|bit, (d1|bit)<<1, (d2|bit)>>1)
	}
	return count
}

type board [9][9]byte

func (b *board) ok(r, c int, v byte) bool {
	for i := range 9 {
		if b[r][i] == v || b[i][c] == v || b[r/3*3+i/3][c/3*3+i%3] == v {
			return false
		}
	}
	return true
}

func (b *board) solve() bool {
	for r := range b {
		for c := range b[r] {
			if b[r][c] != 0 {
				continue
			}
			for v := byte(1); v <= 9; v++ {
				if b.ok(r, c, v) {
					b[r][c] = v
					if b.solve() {
						return true
					}
				}
			}
			b[r][c] = 0
			return false
		}
	}
	return true
}

type point struct{ x, y int }

func life(cells map[point]bool, steps int) map[point]bool {
	for range steps {
		n := map[point]int{}
		for p := range cells {
			for dx := -1; dx <= 1; dx++ {
				for dy := -1; dy <= 1; dy++ {
					if dx != 0 || dy != 0 {
						n[point{p.x + dx, p.y + dy}]++
					}
				}
			}
		}
		next := map[point]bool{}
		for p, c := range n {
			if c == 3 || c == 2 && cells[p] {
				next[p] = true
			}
		}
		cells = next
	}
	return cells
}

type edge struct {
	to   string
	cost int
}
type item struct {
	node string
	dist int
}
type pq []item

func (q pq) Len() int           { return len(q) }
func (q pq) Less(i, j int) bool { return q[i].dist < q[j].dist }
func (q pq) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *pq) Push(x any)        { *q = append(*q, x.(item)) }
func (q *pq) Pop() (x any) {
	x, *q = (*q)[len(*q)-1], (*q)[:len(*q)-1]
	return
}

func dijkstra(g map[string][]edge, from string) map[string]int {
	dist := map[string]int{}
	for q := (pq{{from, 0}}); q.Len() > 0; {
		it := heap.Pop(&q).(item)
		if _, seen := dist[it.node]; seen {
			continue
		}
		dist[it.node] = it.dist
		for _, e := range g[it.node] {
			heap.Push(&q, item{e.to, it.dist + e.cost})
		}
	}
	return dist
}

type lru struct {
	cap int
	l   *list.List
	m   map[string]*list.Element
}
type kv struct {
	k string
	v int
}

func (c *lru) get(k string) (int, bool) {
	if e, ok := c.m[k]; ok {
		c.l.MoveToFront(e)
		return e.Value.(kv).v, true
	}
	return 0, false
}

func (c *lru) put(k string, v int) {
	if e, ok := c.m[k]; ok {
		e.Value = kv{k, v}
		c.l.MoveToFront(e)
		return
	}
	if c.l.Len() == c.cap {
		last := c.l.Back()
		delete(c.m, c.l.Remove(last).(kv).k)
	}
	c.m[k] = c.l.PushFront(kv{k, v})
}

type huff struct {
	l, r *huff
	ch   rune
	n    int
}
type huffs []*huff

func (h huffs) Len() int { return len(h) }
func (h huffs) Less(i, j int) bool {
	return h[i].n < h[j].n || h[i].n == h[j].n && h[i].ch < h[j].ch
}
func (h huffs) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *huffs) Push(x any)   { *h = append(*h, x.(*huff)) }
func (h *huffs) Pop() any {
	o := *h
	x := o[len(o)-1]
	*h = o[:len(o)-1]
	return x
}

func huffman(s string) map[rune]string {
	freq := map[rune]int{}
	for _, r := range s {
		freq[r]++
	}
	h := huffs{}
	for r, n := range freq {
		h = append(h, &huff{ch: r, n: n})
	}
	sort.Sort(h)
	heap.Init(&h)
	for len(h) > 1 {
		a, b := heap.Pop(&h).(*huff), heap.Pop(&h).(*huff)
		heap.Push(&h, &huff{a, b, min(a.ch, b.ch), a.n + b.n})
	}
	codes := map[rune]string{}
	var walk func(*huff, string)
	walk = func(n *huff, code string) {
		if n.l == nil {
			codes[n.ch] = code
			return
		}
		walk(n.l, code+"0")
		walk(n.r, code+"1")
	}
	walk(h[0], "")
	return codes
}

func distance(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		cur := append(make([]int, 0, len(b)+1), i+1)
		for j := range len(b) {
			d := prev[j]
			if a[i] != b[j] {
				d++
			}
			cur = append(cur, min(d, prev[j+1]+1, cur[j]+1))
		}
		prev = cur
	}
	return prev[len(b)]
}

type matrix [][]float64

func (m matrix) mul(o matrix) matrix {
	r := make(matrix, len(m))
	for i := range r {
		r[i] = make([]float64, len(o[0]))
		for j := range r[i] {
			for k := range o {
				r[i][j] += m[i][k] * o[k][j]
			}
		}
	}
	return r
}

func permutations(s []int, f func([]int)) {
	var rec func(int)
	rec = func(k int) {
		if k == len(s) {
			f(s)
			return
		}
		for i := k; i < len(s); i++ {
			s[k], s[i] = s[i], s[k]
			rec(k + 1)
			s[k], s[i] = s[i], s[k]
		}
	}
	rec(0)
}

func main() {
	fmt.Println(queens(8, 0, 0, 0, 0), queens(10, 0, 0, 0, 0))
	var b board
	for i, line := range strings.Fields("53..7.... 6..195... .98....6. 8...6...3 4..8.3..1 7...2...6 .6....28. ...419..5 ....8..79") {
		for j, c := range line {
			if c != '.' {
				b[i][j] = byte(c - '0')
			}
		}
	}
	fmt.Println(b.solve(), b[0], b[8])
	cells := life(map[point]bool{{1, 0}: true, {2, 1}: true, {0, 2}: true, {1, 2}: true, {2, 2}: true}, 20)
	minx := math.MaxInt
	for p := range cells {
		minx = min(minx, p.x)
	}
	fmt.Println(len(cells), minx)
	fmt.Println(dijkstra(map[string][]edge{"a": {{"b", 7}, {"c", 3}}, "c": {{"b", 1}, {"d", 8}}, "b": {{"d", 2}}}, "a"))
	c := &lru{2, list.New(), map[string]*list.Element{}}
	c.put("a", 1)
	c.put("b", 2)
	c.get("a")
	c.put("c", 3)
	_, okb := c.get("b")
	va, oka := c.get("a")
	fmt.Println(okb, va, oka, len(c.m))
	codes := huffman("abracadabra alakazam")
	bits := 0
	for _, r := range "abracadabra alakazam" {
		bits += len(codes[r])
	}
	fmt.Println(len(codes), bits)
	fmt.Println(distance("kitten", "sitting"), distance("", "abc"), distance("flaw", "lawn"))
	m := matrix{{1, 1}, {1, 0}}
	r := matrix{{1, 0}, {0, 1}}
	for range 30 {
		r = r.mul(m)
	}
	fmt.Println(r)
	n, sum := 0, 0
	permutations([]int{1, 2, 3, 4, 5, 6}, func(p []int) { n++; sum += p[0] * p[5] })
	fmt.Println(n, sum)
	sieve := make([]bool, 100000)
	primes := 0
	for i := 2; i < len(sieve); i++ {
		if !sieve[i] {
			primes++
			for j := i * i; j < len(sieve); j += i {
				sieve[j] = true
			}
		}
	}
	fmt.Println(primes)
}
