// Assignments, calls, control flow.
package p

func two() (int, string) { return 1, "" }

func missing(x int) int {
	if x > 0 {
		return x
	}
} // ERROR "missing return"

func terminating(x int) int {
	switch {
	case x > 0:
		return 1
	default:
		panic("no")
	}
}

func assignments(xs []int, ch <-chan int) {
	a, b, c := two() // ERROR "assignment mismatch: 3 variables but two returns 2 values"
	_, _, _ = a, b, c
	var unused int // ERROR "declared and not used: unused"
	xs[0] := 1     // ERROR "non-name xs[0] on left side of :="
	ch <- 1        // ERROR "cannot send to receive-only channel <-chan int ch (variable of type <-chan int)"
	two() + 1      // ERROR "multiple-value two() (value of type (int, string)) in single-value context"
	xs             // ERROR "xs (variable of type []int) is not used"
	go int(3)      // ERROR "go requires function call, not conversion"
	_ = nil        // ERROR "use of untyped nil in assignment"
	for i, v, w := range xs { // ERROR "range clause permits at most two iteration variables"
		_, _ = i, v
	}
	for range 3.5 { // ERROR "cannot range over 3.5 (untyped float constant)"
	}
	for x := range func(yield func(int) bool) {} {
		_ = x
	}
}

func switches(x any, n int) {
	switch n {
	case 1, 2, 1: // ERROR "duplicate case 1 (constant of type int) in expression switch"
	case "a": // ERROR "cannot convert \"a\" (untyped string constant) to type int"
	}
	switch y := x.(type) { // ERROR "y declared and not used"
	case int, string, int: // ERROR "duplicate case int in type switch"
	}
	var e error
	switch e.(type) {
	case int: // ERROR "impossible type switch case: int"
	}
}
