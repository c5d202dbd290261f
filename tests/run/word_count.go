// A small text tool: reads lines, counts words, sorts by several keys, prints a table.
package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode"
)

type entry struct {
	word  string
	count int
	lines map[int]bool
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	table := map[string]*entry{}
	line := 0
	for in.Scan() {
		line++
		for _, w := range strings.FieldsFunc(in.Text(), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
			w = strings.ToLower(w)
			e, ok := table[w]
			if !ok {
				e = &entry{word: w, lines: map[int]bool{}}
				table[w] = e
			}
			e.count++
			e.lines[line] = true
		}
	}
	var es []*entry
	for _, e := range table {
		es = append(es, e)
	}
	slices.SortFunc(es, func(a, b *entry) int {
		if a.count != b.count {
			return b.count - a.count
		}
		return strings.Compare(a.word, b.word)
	})
	for i, e := range es {
		ls := []int{}
		for l := range e.lines {
			ls = append(ls, l)
		}
		slices.Sort(ls)
		fmt.Fprintf(out, "%2d %-10s %3d %v\n", i+1, e.word, e.count, ls)
	}
}
