// Package strconv: formatting, parsing, quoting, errors.
package main

import (
	"errors"
	"fmt"
	"strconv"
)

func main() {
	for _, s := range []string{"0", "-1", "+7", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "", "12a", "0x1F", "0b11", "0o17", "017", "1_000", " 1"} {
		i, err := strconv.ParseInt(s, 0, 64)
		fmt.Println(i, err)
	}
	for _, s := range []string{"ff", "zz", "-80", "128"} {
		i, err := strconv.ParseInt(s, 36, 16)
		j, err2 := strconv.ParseUint(s, 16, 8)
		fmt.Println(i, err, j, err2)
	}
	_, err := strconv.Atoi("x")
	var ne *strconv.NumError
	fmt.Println(errors.As(err, &ne), ne.Func, ne.Num, errors.Is(err, strconv.ErrSyntax), err)
	_, err = strconv.ParseInt("1", 99, 0)
	fmt.Println(err)
	fmt.Println(strconv.Itoa(-45), strconv.FormatInt(-255, 16), strconv.FormatInt(35, 36), strconv.FormatUint(1<<63, 2), strconv.AppendInt([]byte("x"), 5, 10))
	for _, s := range []string{"1", "t", "TRUE", "False", "yes"} {
		b, err := strconv.ParseBool(s)
		fmt.Print(b, err, " ")
	}
	fmt.Println()
	for _, f := range []float64{0, 1, 0.1, 1.0 / 3, 1e23, 123456789, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 100, 1e21, 4503599627370497.5} {
		fmt.Println(strconv.FormatFloat(f, 'g', -1, 64), strconv.FormatFloat(f, 'e', 5, 64), strconv.FormatFloat(f, 'f', 2, 64), strconv.FormatFloat(f, 'G', 3, 64), strconv.FormatFloat(f, 'x', -1, 64), strconv.FormatFloat(f, 'b', -1, 64))
	}
	for _, f := range []float32{0.1, 16777216, 3.4e38, 1e-45} {
		fmt.Println(strconv.FormatFloat(float64(f), 'g', -1, 32), f)
	}
	for _, s := range []string{"hello", "\x00\a\b\f\n\r\t\v\\\"'", "世界", "\u200b\ufeff", "\xff", "😀"} {
		fmt.Println(strconv.Quote(s), strconv.QuoteToASCII(s), strconv.QuoteToGraphic(s), strconv.CanBackquote(s))
		u, err := strconv.Unquote(strconv.Quote(s))
		fmt.Println(u == s, err)
	}
	fmt.Println(strconv.QuoteRune('☺'), strconv.QuoteRuneToASCII('☺'), strconv.IsPrint('\u00ad'))
	for _, s := range []string{`"a`, "`raw`", `'x'`, `'xy'`, `"\x4"`, `"\u00e9\101"`} {
		u, err := strconv.Unquote(s)
		fmt.Printf("%q %v; ", u, err)
	}
	r, mb, tail, err := strconv.UnquoteChar(`\u00e9rest`, '"')
	fmt.Println(r, mb, tail, err)
	c, err := strconv.ParseComplex("1+2i", 128)
	fmt.Println(c, err, strconv.FormatComplex(c, 'g', -1, 128))
	for _, s := range []string{"2.2250738585072011e-308", "0.1e-1000", "1.00000000000000011102230246251565404", "9007199254740993", "179769313486231580793728971405301e276", "0x1.fffffffffffffp1023", "1e309"} {
		f, err := strconv.ParseFloat(s, 64)
		fmt.Println(f, err)
	}
}
