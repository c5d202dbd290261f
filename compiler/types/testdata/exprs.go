// Operands, operators, shifts, comparisons, conversions and indices.
package p

import "unsafe"

type pair struct{ a, b int }

func operands(x int, s string, m map[string]pair, f func()) {
	_ = x + s         // ERROR "invalid operation: x + s (mismatched types int and string)"
	_ = !x            // ERROR "operator ! not defined on x (variable of type int)"
	_ = 1.5 << x      // ERROR "shifted operand 1.5 (untyped float constant) must be integer"
	_ = x << -1       // ERROR "negative shift count -1 (untyped int constant)"
	_ = x / 0         // ERROR "invalid operation: division by zero"
	_ = f == f        // ERROR "func can only be compared to nil"
	_ = uint8(300)    // ERROR "constant 300 overflows uint8"
	_ = []byte(x)     // ERROR "cannot convert x (variable of type int) to type []byte"
	_ = "abc"[3]      // ERROR "index 3 out of bounds [0:3]"
	_ = [2]int{}[5]   // ERROR "index 5 out of bounds [0:2]"
	_ = s[2:1]        // ERROR "invalid slice indices: 1 < 2"
	m["k"].a = 1      // ERROR "cannot assign to struct field m[\"k\"].a in map"
	operands(x)       // ERROR "not enough arguments in call to operands"
	_ = x.(int)       // ERROR "x (variable of type int) is not an interface"
	var i8 int8 = 200 // ERROR "cannot use 200 (untyped int constant) as int8 value in variable declaration (overflows)"
	_ = i8
	const big = 1 << 511 << 2 // ERROR "constant shift overflow"
}

const (
	_ = 1 / 3.0 * 3
	_ = unsafe.Sizeof(pair{}) + 'a'
	_ = "a" + 1 // ERROR "mismatched types untyped string and untyped int"
)

func literals() {
	_ = pair{1}                 // ERROR "too few values in struct literal of type pair"
	_ = pair{a: 1, a: 2}        // ERROR "duplicate field name a in struct literal"
	_ = pair{c: 1}              // ERROR "unknown field c in struct literal of type pair"
	_ = [...]int{2: 1, 2: 2}    // ERROR "duplicate index 2 in array or slice literal"
	_ = map[int]int{1: 1, 1: 2} // ERROR "duplicate key 1 in map literal"
	type outer struct{ pair }
	_ = outer{a: 1, b: 2}
	_ = outer{a: 1, pair: pair{}} // ERROR "cannot specify embedded field pair and enclosed promoted field a"
	_ = []*pair{{1, 2}, {a: 3}}
}
