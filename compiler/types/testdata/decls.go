package p

type T struct{ T } // ERROR "invalid recursive type: T refers to itself"

type A struct{ b B } // ERROR "invalid recursive type A"
type B [2]A

type Self Self // ERROR "invalid recursive type: Self refers to itself"

type L struct{ next *L }

var x, y = y, 1

var c1 = f1() // ERROR "initialization cycle"

func f1() int { return c1 }

const (
	i0 = iota
	i1
	i2
)

var _ [i2]int = [2]int{}

const big = 1 << 100 // ok, untyped

var _ = undefinedName // ERROR "undefined: undefinedName"

type I interface{ m() }

func (I) bad() {} // ERROR "invalid receiver type I (pointer or interface type)"

func (int) bad() {} // ERROR "cannot define new methods on non-local type int"

type F struct{ name int }

func (F) name() {} // ERROR "field and method with the same name name"

func dup() {}
func dup() {} // ERROR "dup redeclared in this block"

type G[P any] struct{ p P }

func (g G[P]) get() P            { return g.p }
func (g *G[Q]) conv[R any](r R) R { return r }

var _ int = G[int]{}.get()

var g G // ERROR "cannot use generic type G[P any] without instantiation"

type Num interface{ ~int | ~float64 }

func sum[N Num](n ...N) (s N) {
	for _, v := range n {
		s += v
	}
	return
}

var _ = sum[string] // ERROR "string does not satisfy Num (string missing in ~int | ~float64)"

var _ = sum(1, 2) + int(sum(1.5))

type Alias = map[string]Alias2
type Alias2 = []int

var _ Alias = map[string][]int{}

type M map[[]int]int // ERROR "invalid map key type []int"

var v Num // ERROR "cannot use type Num outside a type constraint: interface contains type constraints"
