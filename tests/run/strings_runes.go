// Strings: bytes, runes, invalid UTF-8, iteration, conversion, comparison, concatenation.
package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

func main() {
	s := "héllo, 世界\xff\xe4\xb8!"
	fmt.Println(len(s), utf8.RuneCountInString(s), utf8.ValidString(s))
	for i, r := range s {
		fmt.Printf("%d:%U ", i, r)
	}
	fmt.Println()
	fmt.Println([]byte(s))
	fmt.Println([]rune(s))
	fmt.Println(string([]rune{0x4e16, -1, 0xd800, 0x10ffff, 0x110000, 'a'}))
	fmt.Println(string(rune(65)), string(rune(-5)), string([]byte{104, 105}))
	fmt.Printf("%q %+q %x % x %X %#q\n", s, s, s, "abc", "abc", "a`b")
	a, b := "abc", "abd"
	fmt.Println(a < b, a <= b, a == b, a != b, a > b, "" < a, "ab" < a, a+b, a[1:], a[:1], a[1:2], a[3:])
	b = "ab" + string([]byte{'c'})
	fmt.Println(a == b)
	long := ""
	for i := range 5 {
		long += fmt.Sprint(i) + ","
	}
	long += long + "x" + long + a
	fmt.Println(long)
	bs := []byte("mutable")
	t := string(bs)
	bs[0] = 'M'
	fmt.Println(t, string(bs))
	m := map[string]int{"k": 1}
	fmt.Println(m[string([]byte{'k'})])
	switch string(bs[:3]) {
	case "Mut":
		fmt.Println("switch ok")
	}
	for i, c := range []byte("hi") {
		fmt.Print(i, c, " ")
	}
	n := copy(bs, "xyz")
	bs = append(bs, " tail"...)
	fmt.Println(n, string(bs))
	var sb strings.Builder
	for i := 0; i < 3; i++ {
		fmt.Fprintf(&sb, "%d-", i)
	}
	sb.WriteByte('!')
	sb.WriteRune('世')
	fmt.Println(sb.String(), sb.Len())
	fmt.Println(strings.ToUpper("straße ǆ"), strings.ToTitle("ǆ"), strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, "a1b2ß"), strings.EqualFold("ΣΑΣ", "σας"))
	fmt.Println(strings.Fields("  a b\t c\n"), strings.Split("a,b,,c", ","), strings.SplitN("a,b,c", ",", 2), strings.Repeat("ab", 3), strings.TrimFunc("123abc456", unicode.IsDigit))
	fmt.Println(strings.Index("chicken", "ken"), strings.LastIndex("go gopher", "go"), strings.IndexByte("abc", 'c'), strings.IndexAny("golang", "ny"), strings.Contains("", ""), strings.Count("cheese", "e"), strings.Count("five", ""))
	before, after, ok := strings.Cut("k=v=w", "=")
	fmt.Println(before, after, ok, strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace("<b>x</b>"), strings.ReplaceAll("aaa", "a", "bb"))
	for part := range strings.SplitSeq("x-y-z", "-") {
		fmt.Print(part, ";")
	}
	for line := range strings.Lines("one\ntwo\nthree") {
		fmt.Printf("%q ", line)
	}
	fmt.Println()
	fmt.Println(utf16.Encode([]rune("a😀")), utf8.RuneLen('世'), utf8.AppendRune(nil, '世'), utf8.FullRune([]byte{0xe4}))
	r, size := utf8.DecodeRuneInString("世")
	r2, size2 := utf8.DecodeLastRuneInString("a\xff")
	fmt.Println(r, size, r2, size2, string(utf8.RuneError))
	fmt.Println(unicode.IsUpper('É'), unicode.Is(unicode.Han, '世'), unicode.In('a', unicode.Latin), unicode.SimpleFold('K'), unicode.IsSpace('\u00a0'))
}
