// Packages math/big and math/rand with fixed seeds.
package main

import (
	"fmt"
	"math/big"
	"math/rand"
	randv2 "math/rand/v2"
)

func fact(n int64) *big.Int {
	r := big.NewInt(1)
	for i := int64(2); i <= n; i++ {
		r.Mul(r, big.NewInt(i))
	}
	return r
}

func main() {
	f := fact(100)
	fmt.Println(f, f.BitLen(), len(fact(1000).String()))
	a, _ := new(big.Int).SetString("123456789012345678901234567890123456789", 10)
	b, _ := new(big.Int).SetString("-ffffffffffffffffffff", 16)
	fmt.Println(new(big.Int).Add(a, b), new(big.Int).Sub(a, b), new(big.Int).Mul(a, b), new(big.Int).Quo(a, b), new(big.Int).Rem(a, b), new(big.Int).Div(b, a), new(big.Int).Mod(b, a))
	fmt.Println(new(big.Int).Exp(big.NewInt(3), big.NewInt(200), big.NewInt(1000007)), new(big.Int).GCD(nil, nil, big.NewInt(48), big.NewInt(36)), new(big.Int).ModInverse(big.NewInt(3), big.NewInt(11)), new(big.Int).Sqrt(a))
	fmt.Println(new(big.Int).Lsh(a, 70), new(big.Int).Rsh(a, 70), new(big.Int).And(a, b), new(big.Int).Or(a, b), new(big.Int).Xor(a, b), new(big.Int).Not(a))
	fmt.Printf("%x %X %o %d %30d|%+d %s\n", a, b, big.NewInt(64), a, big.NewInt(7), big.NewInt(7), a.Text(36))
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 127), big.NewInt(1))
	fmt.Println(p.ProbablyPrime(20), new(big.Int).Add(p, big.NewInt(2)).ProbablyPrime(20), a.Cmp(b), a.Sign(), b.CmpAbs(a), a.IsInt64())
	r := big.NewRat(3, 4)
	r.Add(r, big.NewRat(5, 6)).Mul(r, big.NewRat(-2, 7))
	fmt.Println(r, r.FloatString(10), r.Num(), r.Denom())
	x := new(big.Float).SetPrec(200).SetInt64(2)
	x.Sqrt(x)
	fmt.Println(x.Text('f', 50), x.Prec())
	y, _ := new(big.Float).SetString("1e-1000")
	fmt.Println(y, new(big.Float).Quo(big.NewFloat(1), big.NewFloat(3)))
	func() {
		defer func() { fmt.Println(recover()) }()
		new(big.Int).Div(a, big.NewInt(0))
	}()
	fib := [2]*big.Int{big.NewInt(0), big.NewInt(1)}
	for range 1000 {
		fib[0].Add(fib[0], fib[1])
		fib[0], fib[1] = fib[1], fib[0]
	}
	fmt.Println(fib[0])
	sq := fact(2000)
	sq.Mul(sq, sq)
	sq.Div(sq, fact(1999))
	sq.Div(sq, fact(1999))
	fmt.Println(sq)

	rng := rand.New(rand.NewSource(42))
	fmt.Println(rng.Intn(100), rng.Intn(100), rng.Float64(), rng.Int63(), rng.Perm(5), rng.NormFloat64(), rng.ExpFloat64(), rng.Uint32())
	s := []int{1, 2, 3, 4, 5}
	rng.Shuffle(5, func(i, j int) { s[i], s[j] = s[j], s[i] })
	fmt.Println(s)
	r2 := randv2.New(randv2.NewPCG(1, 2))
	fmt.Println(r2.IntN(1000), r2.Uint64(), r2.Float64(), r2.Perm(4), randv2.N(10) < 10)
	c := randv2.New(randv2.NewChaCha8([32]byte{1, 2, 3}))
	fmt.Println(c.Uint64(), c.IntN(50), rand.Intn(5) < 5)
	z := randv2.NewZipf(r2, 1.5, 2, 100)
	fmt.Println(z.Uint64() <= 100)
}
