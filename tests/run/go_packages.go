// Packages go/parser, go/ast, go/format, go/types and go/constant over a small source text.
package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
)

const src = `package p
type   T struct { a,b int; next *T }
func (t *T) Sum( ) int { if t==nil { return 0 }
return t.a+t.b+t.next.Sum() }
const C = 1<<10 + len("héllo")
var f = func(x ...int) (n int, err error) { for _, v := range x { n += v }; return }
func G[K comparable, V any](m map[K]V) []K { var r []K; for k := range m { r = append(r, k) }; return r }
var ks = G(map[string]bool{})
`

func main() {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", src, parser.ParseComments)
	fmt.Println(err)
	counts := map[string]int{}
	ast.Inspect(file, func(n ast.Node) bool {
		if n != nil {
			counts[fmt.Sprintf("%T", n)]++
		}
		return true
	})
	fmt.Println(counts)
	out, err := format.Source([]byte(src))
	fmt.Print(string(out), err, "\n")
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	pkg, err := (&types.Config{}).Check("p", fset, []*ast.File{file}, info)
	fmt.Println(err)
	for _, name := range pkg.Scope().Names() {
		fmt.Println(pkg.Scope().Lookup(name))
	}
	c := pkg.Scope().Lookup("C").(*types.Const)
	v, exact := constant.Int64Val(c.Val())
	fmt.Println(v, exact, c.Type())
	ms := types.NewMethodSet(types.NewPointer(pkg.Scope().Lookup("T").Type()))
	fmt.Println(ms.Len(), ms.At(0).Obj().Name())
	_, err = parser.ParseFile(fset, "bad.go", "package p\nfunc f( {", 0)
	fmt.Println(err)
	bad, _ := parser.ParseFile(fset, "bad2.go", "package p\nvar x int = \"s\"\nvar y = undefined", 0)
	cfg := types.Config{Error: func(err error) { fmt.Println(err) }}
	cfg.Check("p", fset, []*ast.File{bad}, nil)
}
