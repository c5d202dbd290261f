// Files in a temporary folder, pipes, io adapters, bufio, path and filepath.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing/iotest"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	dir, err := os.MkdirTemp("", "t*")
	check(err)
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "a.txt")
	check(os.WriteFile(name, []byte("line1\nline2\nline3"), 0o640))
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	check(err)
	fmt.Fprintf(f, "\nappended %d", 1)
	pos, _ := f.Seek(2, io.SeekStart)
	b := make([]byte, 3)
	n, err := io.ReadFull(f, b)
	fmt.Println(pos, n, err, string(b))
	n, err = f.ReadAt(b, 100)
	fmt.Println(n, err)
	st, _ := f.Stat()
	fmt.Println(st.Name(), st.Size(), st.Mode(), st.IsDir())
	check(f.Truncate(5))
	check(f.Close())
	_, err = f.Write(b)
	fmt.Println(errors.Is(err, os.ErrClosed), strings.Contains(err.Error(), "file already closed"))
	data, _ := os.ReadFile(name)
	fmt.Printf("%q\n", data)
	check(os.MkdirAll(filepath.Join(dir, "x/y/z"), 0o755))
	check(os.Rename(name, filepath.Join(dir, "x/b.txt")))
	check(os.Symlink("b.txt", filepath.Join(dir, "x/link")))
	target, _ := os.Readlink(filepath.Join(dir, "x/link"))
	fmt.Println(target)
	filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		fmt.Print(rel, ":", d.Type(), " ")
		return nil
	})
	fmt.Println()
	es, _ := os.ReadDir(filepath.Join(dir, "x"))
	for _, e := range es {
		fmt.Print(e.Name(), " ")
	}
	m, _ := filepath.Glob(filepath.Join(dir, "x", "*.txt"))
	fmt.Println(len(m), os.Remove(filepath.Join(dir, "x")) != nil)
	check(os.Chdir(dir))
	wd, _ := os.Getwd()
	fmt.Println(filepath.Base(wd) == filepath.Base(dir))
	_, err = os.Stat("nope")
	fmt.Println(err)
	_, err = os.ReadFile("x")
	fmt.Println(err)
	rt, err := os.OpenRoot(dir)
	check(err)
	_, err = rt.Open("../etc")
	fmt.Println(err)
	rt.Close()
	pr, pw := io.Pipe()
	go func() {
		for i := range 3 {
			fmt.Fprintf(pw, "p%d ", i)
		}
		pw.CloseWithError(errors.New("writer done"))
	}()
	all, err := io.ReadAll(pr)
	fmt.Println(string(all), err)
	or, ow, err := os.Pipe()
	check(err)
	go func() { io.WriteString(ow, "through the kernel"); ow.Close() }()
	all, _ = io.ReadAll(or)
	fmt.Println(string(all))
	var buf bytes.Buffer
	tee := io.TeeReader(io.LimitReader(strings.NewReader("limited text"), 7), &buf)
	io.Copy(io.Discard, tee)
	mw := io.MultiWriter(&buf, io.Discard)
	io.Copy(mw, io.MultiReader(strings.NewReader("<a>"), strings.NewReader("<b>")))
	sr := io.NewSectionReader(strings.NewReader("0123456789"), 3, 4)
	sec, _ := io.ReadAll(sr)
	fmt.Println(buf.String(), string(sec))
	br := bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader("héllo\nworld\r\nlast")), 16)
	r, sz, _ := br.ReadRune()
	br.ReadRune()
	br.UnreadRune()
	r2, sz2, _ := br.ReadRune()
	pk, _ := br.Peek(2)
	line, pre, _ := br.ReadLine()
	fmt.Println(r, sz, r2, sz2, string(pk), string(line), pre)
	l2, err := br.ReadBytes('\n')
	l3, err2 := br.ReadString('\n')
	fmt.Printf("%q %v %q %v\n", l2, err, l3, err2)
	sc := bufio.NewScanner(strings.NewReader("one two\nthree\n\nfour"))
	for sc.Scan() {
		fmt.Printf("%q ", sc.Text())
	}
	sc = bufio.NewScanner(strings.NewReader(strings.Repeat("x", 100)))
	sc.Buffer(make([]byte, 10), 50)
	fmt.Println(sc.Scan(), sc.Err())
	bw := bufio.NewWriter(&buf)
	bw.WriteString("buffered")
	fmt.Println(bw.Buffered(), bw.Flush(), buf.Len())
	_, err = io.ReadAtLeast(strings.NewReader("ab"), make([]byte, 5), 3)
	_, err2 = io.ReadFull(strings.NewReader(""), make([]byte, 1))
	fmt.Println(err, err2)
	fmt.Println(path.Join("a", "../b", "/c"), path.Clean("/a/./b//../c/"), path.Base("/x/y.go"), path.Ext("f.tar.gz"), path.Dir("/a/b"), path.IsAbs("/x"))
	d, fl := filepath.Split("/p/q.r")
	ok, err := filepath.Match("*.g?", "x.go")
	fmt.Println(d, fl, ok, err, filepath.ToSlash("a/b"), strings.TrimSuffix("f.go", filepath.Ext("f.go")))
	var bb bytes.Buffer
	bb.WriteString("hello world")
	bb.Next(6)
	w, _ := bb.ReadBytes('l')
	bb.Truncate(1)
	fmt.Println(string(w), bb.String(), bytes.Contains([]byte("abc"), []byte("bc")), bytes.Title([]byte("ab cd")), bytes.Fields([]byte(" a b ")))
}
