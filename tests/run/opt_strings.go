// What the compiler does specially with strings: temporary results, comparison with constants, switches, bytes put together.
package main

import (
	"fmt"
	"strings"
)

//go:noinline
func keyword(s string) int {
	switch s {
	case "":
		return 0
	case "a", "b":
		return 1
	case "if", "do", "go":
		return 2
	case "for", "var":
		return 3
	case "func", "type", "else", "goto":
		return 4
	case "break":
		return 5
	case "continue", "whatever":
		return 8
	case "ÿÿÿÿ":
		return 9
	case "a longer constant than any word":
		return 10
	}
	return -1
}

func onBytes(b []byte) string {
	switch string(b) {
	case "one", "two", "three", "four":
		b[0] = 'X'
		return "number " + string(b)
	}
	return "?"
}

var kept []string

func pieces(n int) (total int) {
	for i := range n {
		s := "<" + strings.Repeat("x", i%40) + ">"
		t := s + "!"
		total += len(s) + len(t)
		if i%10 == 9 {
			kept = append(kept, t[:2]+s[len(s)-1:])
		}
		b := []byte(s)
		b[0] = '('
		for _, c := range []byte(s) {
			total += int(c) & 1
		}
		if string(b) == s {
			total++
		}
		if string(b[1:]) < s[1:] || string(b) != "("+s[1:] {
			total += 1000000
		}
		r := []rune(s)
		r[len(r)-1] = 'é'
		total += len(string(r)) + len(string(rune(i+65)))
	}
	return
}

func carried() string {
	last := ""
	for i := range 5 {
		last = last + string([]byte{byte('a' + i)})
	}
	return last
}

func inSlice() []string {
	var out []string
	for i := range 3 {
		b := []byte{byte('0' + i), 'k'}
		out = append(out, string(b)+"v")
		b[0] = 'z'
	}
	return out
}

type record struct{ name string }

func inStruct(b []byte) *record { return &record{string(b) + "."} }

func le32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}
func be64(b []byte) uint64 {
	return uint64(b[7]) | uint64(b[6])<<8 | uint64(b[5])<<16 | uint64(b[4])<<24 |
		uint64(b[3])<<32 | uint64(b[2])<<40 | uint64(b[1])<<48 | uint64(b[0])<<56
}
func put(b []byte, v uint64) {
	b[0], b[1] = byte(v), byte(v>>8)
	b[2] = byte(v >> 24)
	b[3] = byte(v >> 16)
}

func main() {
	for _, s := range strings.Split(" a b c if do go at for var vat func type else goto gots break bread continue whatever continua ÿÿÿÿ ÿÿÿy", " ") {
		fmt.Print(keyword(s), " ")
	}
	fmt.Println(keyword("a longer constant than any word"), keyword("a longer constant than any ward"))
	fmt.Println(onBytes([]byte("one")), onBytes([]byte("three")), onBytes([]byte("five")))
	fmt.Println(pieces(100), kept)
	fmt.Println(carried(), inSlice(), *inStruct([]byte("rec")))
	b := []byte{1, 2, 3, 4, 0xf5, 6, 7, 0x80, 9}
	fmt.Printf("%x %x %x\n", le32(b), le32(b[4:]), be64(b[1:]))
	put(b, 0x11223344)
	fmt.Println(b)
	func() {
		defer func() { fmt.Println(recover(), b[:4]) }()
		put(b[6:], 0x55667788)
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		fmt.Println(be64(b[3:]))
	}()
	x := "abc"
	fmt.Println(x == "abc", x == "abd", x != "abc", x < "abd", "abc" == x[:2]+"c", x[:0] == "")
	long := strings.Repeat("0123456789", 4)
	for n := range 34 {
		if long[:n] != string([]byte(long)[:n]) || long[1:n+1] == long[:n] && n > 0 {
			fmt.Println("differs", n)
		}
	}
}
