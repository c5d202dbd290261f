// What older modules contain: constraints in the form before go 1.17, and linkname declarations that disagree with the
// function they refer to.
package main

import (
	"fmt"

	"old_modules/linked"
	"old_modules/tagged"
)

func main() {
	fmt.Println(tagged.Chosen())
	fmt.Println(linked.Len(map[string]int{"a": 1, "b": 2}))
}
