// Types that are spelled alike in two packages and differ: unexported fields and methods belong to their package.
package main

import (
	"fmt"

	"example.com/identity/a"
)

type word = string

func main() {
	_, embedded := a.Embedded().(struct{ int })
	_, alias := a.Alias().(struct{ word })
	_, field := a.Field().(struct{ x int })
	_, method := a.Method().(interface{ m() })
	_, exported := a.Exported().(struct {
		X int
		a.T
	})
	fmt.Println(embedded, alias, field, method, exported)
	_, own := any(struct{ int }{}).(struct{ int })
	fmt.Println(own, a.Embedded() == a.Embedded(), a.Embedded() == any(struct{ int }{}))
}
