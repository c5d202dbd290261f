// Zero-size values, empty blocks, blank identifiers, shadowed predeclared names, odd but legal syntax.
package main

import (
	"fmt"
	. "strings"
	_ "unicode"
)

type (
	void  struct{}
	fn    = func(_ int, _ string) (_ bool)
	alias = map[string][]void
)

func (void) m() (int, error) { return 0, nil }

var _ interface{ m() (int, error) } = void{}
var _, blank = 1, 2

func _()           { panic("never called") }
func _()           {}
func init()        {}
func noop(...void) {}

func shadow() string {
	len := func(string) int { return 42 }
	true := false
	nil := "nil"
	int := "int"
	type string = []byte
	return fmt.Sprint(len(""), true, nil, int, string("x"))
}

func multi() (a, b int, _ string) { a, b = 1, 2; return }

func unusedParams(_, _ int, x int) int { return x }

const (
	_, _ = iota, iota
	A, B
)

func main() {
	var v [1 << 20]void
	fmt.Println(len(v), v[5] == v[6], len(make([]void, 1<<40)), cap(make([]void, 0, 1<<40)))
	ss := append([]void(nil), void{}, void{})
	for i, x := range ss {
		fmt.Print(i, x)
	}
	c := make(chan void, 3)
	c <- void{}
	m := alias{"k": {{}, {}}}
	fmt.Println(len(c), len(m["k"]), ToUpper("dot import"))
	fmt.Println(shadow(), A, B, blank)
	a, _, _ := multi()
	_, b, s := multi()
	fmt.Printf("%d %d %q %d\n", a, b, s, unusedParams(1, 2, 3))
	noop()
	noop(void{}, void{})
	{
	}

	for false {
	}
	if x := 1; x > 0 {
	} else {
	}
	switch {
	}
	switch x := 5; x {
	}
	func() {}()
	var f fn = func(int, string) bool { return true }
	fmt.Println(f(0, ""), (1+2)*3, -(-5), +-+1, !(!true), ^^5, *&a, &*&a == &a)
	var (
		x, y = 1, "s"
		z    float64
	)
	fmt.Println(x, y, z)
	type T struct {
		T *T
		int
		string
	}
	t := T{nil, 1, "emb"}
	fmt.Println(t.int, t.string, t.T == nil)
	λ, 世界 := 1, "w"
	fmt.Println(λ, 世界)
	var arr = [...][2]struct{ a, b int }{{{1, 2}, {3, 4}}, 2: {{5, 6}}}
	fmt.Println(arr, len(arr))
	mp := map[struct{ x, y int }]*struct{ s string }{{1, 2}: {"p"}}
	fmt.Println(mp[struct{ x, y int }{1, 2}].s)
	if (T{}) == (T{}) {
		fmt.Println("composite in condition")
	}
	goto end
end:
}
