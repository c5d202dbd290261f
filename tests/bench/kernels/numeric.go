// Arithmetic, loops over slices, recursion.
package main

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"os"
)

var kernels = []struct {
	name string
	run  func() any
}{
	{"spectralnorm", func() any { return spectralNorm(500) }},
	{"mandelbrot", func() any { return mandelbrot(500) }},
	{"matmul", func() any { return matmul(300) }},
	{"sieve", func() any { return sieve(20_000_000) }},
	{"lcs", func() any { return lcs(3000) }},
	{"fib", func() any { return fib(36) }},
	{"queens", func() any { return queens(10) }},
	{"life", func() any { return life(256, 60) }},
	{"bigpi", func() any { return pi(1500) }},
	{"bigfact", func() any { return factorial(6000) }},
	{"collatz", func() any { return collatz(600_000) }},
	{"mathfuncs", func() any { return mathFuncs(2_000_000) }},
	{"bitops", func() any { return bitOps(20_000_000) }},
	{"histogram", func() any { return histogram(20_000_000) }},
	{"floyd", func() any { return floyd(250) }},
	{"fft", func() any { return fft(1 << 16) }},
	{"among-calls", func() any { return amongCalls(30_000) }},
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

func evalA(i, j int) float64 { return 1 / float64((i+j)*(i+j+1)/2+i+1) }

func times(v, u []float64, transposed bool) {
	for i := range v {
		a := 0.0
		for j := range u {
			if transposed {
				a += evalA(j, i) * u[j]
			} else {
				a += evalA(i, j) * u[j]
			}
		}
		v[i] = a
	}
}

func spectralNorm(n int) string {
	u, v, t := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range u {
		u[i] = 1
	}
	for range 10 {
		times(t, u, false)
		times(v, t, true)
		times(t, v, false)
		times(u, t, true)
	}
	var vBv, vv float64
	for i := range u {
		vBv += u[i] * v[i]
		vv += v[i] * v[i]
	}
	return fmt.Sprintf("%.9f", math.Sqrt(vBv/vv))
}

func mandelbrot(n int) int {
	inside := 0
	for y := range n {
		for x := range n {
			cr, ci := 2*float64(x)/float64(n)-1.5, 2*float64(y)/float64(n)-1
			zr, zi, tr, ti := 0.0, 0.0, 0.0, 0.0
			i := 0
			for ; i < 100 && tr+ti <= 4; i++ {
				zi = 2*zr*zi + ci
				zr = tr - ti + cr
				tr, ti = zr*zr, zi*zi
			}
			if i == 100 {
				inside++
			}
		}
	}
	return inside
}

func matmul(n int) float64 {
	matrix := func(seed float64) [][]float64 {
		m := make([][]float64, n)
		for i := range m {
			m[i] = make([]float64, n)
			for j := range m[i] {
				m[i][j] = seed / float64(n*n) * float64(i-j) * float64(i+j)
			}
		}
		return m
	}
	a, b, c := matrix(1), matrix(2), matrix(0)
	for i := 0; i < n; i++ {
		for j := 0; j < n; j++ {
			sum := 0.0
			for k := 0; k < n; k++ {
				sum += a[i][k] * b[k][j]
			}
			c[i][j] = sum
		}
	}
	return math.Round(c[n/2][n/2] * 1e6)
}

func sieve(n int) int {
	composite := make([]bool, n+1)
	count := 0
	for i := 2; i <= n; i++ {
		if !composite[i] {
			count++
			for j := i * i; j <= n; j += i {
				composite[j] = true
			}
		}
	}
	return count
}

func lcs(n int) int {
	a, b := make([]byte, n), make([]byte, n)
	x := uint32(7)
	for i := range a {
		x = x*1664525 + 1013904223
		a[i], b[i] = byte(x>>24)%8, byte(x>>16)%8
	}
	dp := make([][]int, n+1)
	for i := range dp {
		dp[i] = make([]int, n+1)
	}
	for i := 1; i <= n; i++ {
		for j := 1; j <= n; j++ {
			if a[i-1] == b[j-1] {
				dp[i][j] = dp[i-1][j-1] + 1
			} else {
				dp[i][j] = max(dp[i-1][j], dp[i][j-1])
			}
		}
	}
	return dp[n][n]
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func queens(n int) int {
	cols, d1, d2 := make([]bool, n), make([]bool, 2*n), make([]bool, 2*n)
	var place func(row int) int
	place = func(row int) int {
		if row == n {
			return 1
		}
		count := 0
		for c := 0; c < n; c++ {
			if cols[c] || d1[row+c] || d2[row-c+n] {
				continue
			}
			cols[c], d1[row+c], d2[row-c+n] = true, true, true
			count += place(row + 1)
			cols[c], d1[row+c], d2[row-c+n] = false, false, false
		}
		return count
	}
	return place(0)
}

type field struct {
	cells []bool
	w, h  int
}

func (f *field) alive(x, y int) bool {
	x, y = (x+f.w)%f.w, (y+f.h)%f.h
	return f.cells[y*f.w+x]
}

func life(n, steps int) int {
	a, b := &field{make([]bool, n*n), n, n}, &field{make([]bool, n*n), n, n}
	for i := range a.cells {
		a.cells[i] = i*i%7 < 3
	}
	for range steps {
		for y := range n {
			for x := range n {
				around := 0
				for dy := -1; dy <= 1; dy++ {
					for dx := -1; dx <= 1; dx++ {
						if (dx != 0 || dy != 0) && a.alive(x+dx, y+dy) {
							around++
						}
					}
				}
				b.cells[y*n+x] = around == 3 || around == 2 && a.alive(x, y)
			}
		}
		a, b = b, a
	}
	count := 0
	for _, c := range a.cells {
		if c {
			count++
		}
	}
	return count
}

func pi(digits int) string {
	n := big.NewInt(0)
	q, r, t, k, l := big.NewInt(1), big.NewInt(0), big.NewInt(1), int64(1), int64(3)
	out := make([]byte, 0, digits)
	n.SetInt64(3)
	tmp, tmp2 := new(big.Int), new(big.Int)
	for len(out) < digits {
		tmp.Mul(q, big.NewInt(4))
		tmp.Add(tmp, r)
		tmp.Sub(tmp, t)
		if tmp.Cmp(tmp2.Mul(n, t)) < 0 {
			out = append(out, byte('0'+n.Int64()))
			nr := new(big.Int).Sub(r, tmp2.Mul(n, t))
			nr.Mul(nr, big.NewInt(10))
			n.Mul(q, big.NewInt(3))
			n.Add(n, r)
			n.Mul(n, big.NewInt(10))
			n.Quo(n, t)
			n.Sub(n, tmp.Mul(tmp2.SetInt64(10), new(big.Int).Quo(tmp.Add(tmp.Mul(q, big.NewInt(3)), r), t)))
			n.Add(n, big.NewInt(0))
			q.Mul(q, big.NewInt(10))
			r.Set(nr)
			n.Quo(tmp.Add(tmp.Mul(q, big.NewInt(3)), r), t)
		} else {
			nr := new(big.Int).Mul(q, big.NewInt(2))
			nr.Add(nr, r)
			nr.Mul(nr, big.NewInt(l))
			nn := new(big.Int).Mul(q, big.NewInt(7*k+2))
			nn.Add(nn, tmp.Mul(r, big.NewInt(l)))
			nn.Quo(nn, tmp2.Mul(t, big.NewInt(l)))
			q.Mul(q, big.NewInt(k))
			t.Mul(t, big.NewInt(l))
			l += 2
			k++
			n.Set(nn)
			r.Set(nr)
		}
	}
	return string(out[len(out)-10:])
}

func factorial(n int64) int {
	f := new(big.Int).MulRange(1, n)
	sq := new(big.Int).Mul(f, f)
	return len(f.String()) + sq.BitLen()
}

func collatz(n int) int {
	best, arg := 0, 0
	for i := 1; i < n; i++ {
		steps := 0
		for x := i; x != 1; steps++ {
			if x%2 == 0 {
				x /= 2
			} else {
				x = 3*x + 1
			}
		}
		if steps > best {
			best, arg = steps, i
		}
	}
	return arg
}

func mathFuncs(n int) int {
	s := 0.0
	for i := range n {
		x := float64(i) / 1000
		s += math.Floor(x) - math.Trunc(x/3) + math.Sqrt(x) + math.Abs(x-5) + math.Ceil(x/7) + math.Max(x, 3) - math.Min(x, 8)
		if i%8 == 0 {
			s += math.Sin(x) + math.Exp(-x/1000) + math.Log(x+1) + math.Pow(x, 0.3)
		}
	}
	return int(s)
}

func bitOps(n int) int {
	var s uint64
	x := uint64(88172645463325252)
	for range n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		s += uint64(bits.OnesCount64(x)) + uint64(bits.TrailingZeros64(x)) + uint64(bits.Len64(x)) + bits.RotateLeft64(x, 9)&7
		hi, lo := bits.Mul64(x, s)
		s += hi ^ lo&15
	}
	return int(s & 0xffff)
}

func histogram(n int) int {
	var counts [256]int
	data := make([]byte, 4096)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	for range n / len(data) {
		for _, b := range data {
			counts[b]++
		}
	}
	best := 0
	for i, c := range counts {
		if c > counts[best] {
			best = i
		}
	}
	return best
}

func floyd(n int) int {
	d := make([][]int, n)
	x := uint32(3)
	for i := range d {
		d[i] = make([]int, n)
		for j := range d[i] {
			x = x*1664525 + 1013904223
			d[i][j] = int(x >> 20)
		}
	}
	for k := range n {
		for i := range n {
			for j := range n {
				if v := d[i][k] + d[k][j]; v < d[i][j] {
					d[i][j] = v
				}
			}
		}
	}
	s := 0
	for _, row := range d {
		for _, v := range row {
			s += v
		}
	}
	return s
}

func fft(n int) int {
	a := make([]complex128, n)
	for i := range a {
		a[i] = complex(float64(i%17), 0)
	}
	for i, j := 1, 0; i < n; i++ {
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		j ^= bit
		if i < j {
			a[i], a[j] = a[j], a[i]
		}
	}
	for size := 2; size <= n; size <<= 1 {
		angle := 2 * math.Pi / float64(size)
		step := complex(math.Cos(angle), math.Sin(angle))
		for i := 0; i < n; i += size {
			w := complex(1, 0)
			for j := 0; j < size/2; j++ {
				u, v := a[i+j], a[i+j+size/2]*w
				a[i+j], a[i+j+size/2] = u+v, u-v
				w *= step
			}
		}
	}
	return int(math.Round(real(a[n/4])) + math.Round(imag(a[n/8])))
}

// amongCalls has its loops between calls, as many a main function has.
func amongCalls(rounds int) string {
	numbers, bytes := make([]float64, 1000), make([]byte, 1000)
	fmt.Sscan("0.5 3", &numbers[1], &bytes[7])
	sum := 0.0
	for range rounds {
		for _, x := range numbers {
			sum += x
		}
	}
	text := fmt.Sprintln("sum", sum)
	odd := 0
	for range rounds {
		for _, b := range bytes {
			if b&1 != 0 {
				odd++
			}
		}
	}
	text += fmt.Sprintln("odd", odd)
	state := 0
	for i := range rounds * 1000 {
		switch i % 5 {
		case 0:
			state++
		case 1:
			state ^= i
		case 2:
			state -= 3
		default:
			state += 2
		}
	}
	return text + fmt.Sprintln("state", state)
}
