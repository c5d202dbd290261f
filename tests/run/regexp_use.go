// Package regexp.
package main

import (
	"fmt"
	"regexp"
	"strings"
)

func main() {
	re := regexp.MustCompile(`(?P<user>[a-z]+)@(?P<host>[a-z.]+)`)
	s := "ann@example.com, bob@test.org; nobody"
	fmt.Println(re.FindString(s), re.FindStringIndex(s), re.FindStringSubmatch(s), re.SubexpNames(), re.NumSubexp())
	fmt.Println(re.FindAllString(s, -1), re.FindAllStringSubmatchIndex(s, 1), re.MatchString("x"))
	fmt.Println(re.ReplaceAllString(s, "${host}/$user"), re.ReplaceAllStringFunc(s, strings.ToUpper), re.ReplaceAllLiteralString("a@b", "$1"))
	for _, c := range []struct{ re, s string }{
		{`^a*b?c+$`, "aaccc"}, {`(a|ab)(c|bcd)(d*)`, "abcd"}, {`\d{2,3}`, "1 22 4444"}, {`(?i)HeLLo`, "hello"}, {`[^\s,]+`, "x y,z"},
		{`\bfoo\b`, "a foo b"}, {`(?s)a.b`, "a\nb"}, {`(?m)^l.*$`, "k\nline\nm"}, {`a+?`, "aaa"}, {`\pL+`, "été1"}, {`[[:upper:]]+`, "abCDe"}, {`(x)?(y)?`, "y"}, {`世.`, "a世界"}, {`(?U)a+`, "aaa"}, {`()`, "z"},
	} {
		r := regexp.MustCompile(c.re)
		fmt.Printf("%q %v %q\n", c.re, r.FindStringSubmatchIndex(c.s), r.FindAllString(c.s, -1))
	}
	fmt.Printf("%q %q\n", regexp.MustCompile(`\s*[,;]\s*`).Split("a , b;c,,d", -1), regexp.MustCompile(`a`).Split("banana", 2))
	fmt.Println(regexp.QuoteMeta("a.b*c"), string(re.Expand(nil, []byte("$host"), []byte(s), re.FindSubmatchIndex([]byte(s)))))
	for _, bad := range []string{`(`, `[z-a]`, `*a`, `a{1001}`, `\8`, `(?P<n>`, `[`, `a**`, `(?<x>a)(?<x>b)`} {
		_, err := regexp.Compile(bad)
		fmt.Println(err)
	}
	l := regexp.MustCompilePOSIX(`a+|a+b`)
	fmt.Println(l.FindString("aab"), re.String())
	long := strings.Repeat("a", 2000)
	fmt.Println(regexp.MustCompile(`(a*)*b`).MatchString(long), len(regexp.MustCompile(`(a|aa)+$`).FindString(long)))
	func() {
		defer func() { fmt.Println(recover()) }()
		regexp.MustCompile(`a(`)
	}()
}
