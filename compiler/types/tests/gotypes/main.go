// Gotypes prints what go/types finds out about packages, in the form in which the test "differential" prints it.
//
// Usage: gotypes -tags a,b path...
package main

import (
	"bufio"
	"flag"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
)

var (
	tags = flag.String("tags", "", "build tags")
	fset = token.NewFileSet()
	out  = bufio.NewWriter(os.Stdout)
)

func main() {
	flag.Parse()
	build.Default.CgoEnabled = false
	build.Default.BuildTags = strings.Split(*tags, ",")
	imp := importer.ForCompiler(fset, "source", nil)
	for _, path := range flag.Args() {
		check(path, imp)
	}
	out.Flush()
}

func name(p *types.Package) string { return p.Name() }

func place(pos token.Pos) string {
	p := fset.PositionFor(pos, false)
	return fmt.Sprintf("%s:%d", p.Filename, p.Offset)
}

func text(t types.Type) string { return strings.ReplaceAll(types.TypeString(t, name), "\n", " ") }

func check(path string, imp types.Importer) {
	pkg, err := build.Import(path, filepath.Join(build.Default.GOROOT, "src"), 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var files []*ast.File
	for _, file := range pkg.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(pkg.Dir, file), nil, parser.SkipObjectResolution)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		files = append(files, f)
	}
	info := &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Uses:       map[*ast.Ident]types.Object{},
		Defs:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Instances:  map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{Importer: imp, Error: func(err error) { fmt.Fprintln(os.Stderr, err) }}
	conf.Check(path, fset, files, info)
	// The checker makes up expressions of its own.
	written := map[ast.Node]bool{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			written[n] = true
			return true
		})
	}
	for e, tv := range info.Types {
		if _, ok := e.(*ast.FuncType); ok || tv.IsBuiltin() || !written[e] {
			continue
		}
		value := ""
		if tv.Value != nil {
			value = tv.Value.String()
		}
		fmt.Fprintf(out, "T %s-%d\t%s\t%s\n", place(e.Pos()), fset.PositionFor(e.End(), false).Offset, text(tv.Type), value)
	}
	object := func(id *ast.Ident, obj types.Object) {
		switch obj.(type) {
		case nil, *types.Label:
			return
		}
		at := "universe"
		if obj.Pos().IsValid() {
			at = place(obj.Pos())
		}
		fmt.Fprintf(out, "O %s\t%s %s\n", place(id.Pos()), obj.Name(), at)
	}
	// An embedded field counts as a use of its type: the later line holds.
	for id, obj := range info.Defs {
		object(id, obj)
	}
	for id, obj := range info.Uses {
		object(id, obj)
	}
	for sel, s := range info.Selections {
		fmt.Fprintf(out, "S %s\t%d %s %v %v\n", place(sel.Sel.Pos()), s.Kind(), text(s.Recv()), s.Index(), s.Indirect())
	}
	for id, inst := range info.Instances {
		var targs []string
		for t := range inst.TypeArgs.Types() {
			targs = append(targs, text(t))
		}
		fmt.Fprintf(out, "I %s\t%s\t%s\n", place(id.Pos()), strings.Join(targs, ", "), text(inst.Type))
	}
}
