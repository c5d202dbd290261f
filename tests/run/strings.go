package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

func main() {
	s := "héllo, 世界\xff"
	for i, r := range s {
		fmt.Print(i, ":", string(r), " ")
	}
	fmt.Println(len(s), utf8.RuneCountInString(s))
	b := []byte(s)
	b[0] = 'H'
	fmt.Println(string(b[:3]), s[1:3], s < "i", s+"!" == s)
	r := []rune("añb")
	r[1] = 'n'
	fmt.Println(string(r), strings.Repeat("ab", 3), strings.Fields(" a  b c "))
	var sb strings.Builder
	for i := 0; i < 5; i++ {
		fmt.Fprintf(&sb, "%d,", i)
	}
	fmt.Println(strings.TrimSuffix(sb.String(), ","), strings.ToUpper("straße"), strings.Split("a,b,c", ","))
	fmt.Printf("%q %x %v\n", s, "hi", strings.Map(func(r rune) rune { return r + 1 }, "HAL"))
	switch x := "b" + "c"; x {
	case "ab":
		fmt.Println("no")
	case "bc":
		fmt.Println("yes")
	}
}
