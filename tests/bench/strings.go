// Strings: building, splitting, formatting, conversion.
package main

import (
	"fmt"
	"strconv"
	"strings"
)

func main() {
	total := 0
	for i := range 200 {
		var sb strings.Builder
		for j := range 2000 {
			sb.WriteString(strconv.Itoa(i * j))
			sb.WriteByte(',')
		}
		for _, f := range strings.Split(sb.String(), ",") {
			n, _ := strconv.Atoi(f)
			total += n
		}
		s := fmt.Sprintf("%d:%s:%v", i, f(i), []int{i, i + 1})
		total += len(strings.ToUpper(s)) + strings.Count(sb.String(), "1")
		for _, r := range s {
			total += int(r)
		}
	}
	for i := range 1000000 {
		total += len(fmt.Sprint(i, "x"))
	}
	fmt.Println(total)
}

func f(i int) string { return strings.Repeat("ab", i%10) }
