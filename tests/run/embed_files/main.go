// Embedded files as string, bytes and file system.
package main

import (
	"embed"
	_ "embed"
	"fmt"
	"io/fs"
)

//go:embed hello.txt
var text string

//go:embed bin.dat
var raw []byte

//go:embed data hello.txt
var tree embed.FS

//go:embed all:data
var all embed.FS

//go:embed data/*.txt
var globbed embed.FS

func list(f embed.FS) {
	fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
		fmt.Print(p, " ", d.IsDir(), "; ")
		return err
	})
	fmt.Println()
}

func main() {
	fmt.Printf("%q %v\n", text, raw)
	list(tree)
	list(all)
	list(globbed)
	b, err := tree.ReadFile("data/sub/y.txt")
	fmt.Println(string(b), err)
	_, err = tree.ReadFile("nope")
	fmt.Println(err)
	fi, _ := fs.Stat(tree, "data/x.txt")
	fmt.Println(fi.Name(), fi.Size(), fi.Mode())
	sub, _ := fs.Sub(tree, "data")
	m, _ := fs.Glob(sub, "*.txt")
	fmt.Println(m)
	raw[0] = 9
	fmt.Println(raw)
}
