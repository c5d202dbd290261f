// Several packages of a module: visibility, embedding across packages, build constraints, generics across packages.
package main

import (
	"errors"
	"fmt"

	g "example.com/mod/geom"
)

type Mine struct {
	g.Base
	g.Point
}

// A method that has the name of geom's unexported one is another method.
func (Mine) secret() string { return "mine" }

func main() {
	m := Mine{g.NewBase(2, 3), g.Point{X: 1, Y: 2}}
	fmt.Println(m.Area(), m.X, m.secret(), g.Secret(m), m)
	var s g.Shape = m
	_, ok := s.(interface{ secret() string })
	fmt.Println(ok, g.Secret(g.NewRect(1, 1)))
	g.Bump()
	fmt.Println(g.Bump(), g.Counter, g.Max, g.Hide("h"))
	fmt.Printf("%v %+v %T\n", g.Point{X: 3}, struct{ P *int }{}, g.NewRect(1, 2))
	f := g.Generic("gen")
	fmt.Println(f(), f(), g.Counter)
	var st g.Stack[Mine]
	_, err := st.Pop()
	fmt.Println(err, errors.Is(err, g.ErrGeom))
	st.Push(m)
	v, err := st.Pop()
	fmt.Println(v.Y, err, g.Point{X: 1} == g.Point{X: 1})
}
