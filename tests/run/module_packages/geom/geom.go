// Package geom has exported and unexported parts of every kind.
package geom

import (
	"errors"
	"example.com/mod/internal/impl"
	"fmt"
)

type Point struct {
	X, Y   int
	hidden string
}

type Shape interface {
	Area() float64
	secret() string
}

type rect struct{ w, h float64 }

func (r rect) Area() float64  { return r.w * r.h }
func (r rect) secret() string { return "rect" }

// Base is embedded in types of other packages.
type Base struct{ rect }

const Max = 10

var (
	Counter int
	ErrGeom = errors.New("geom: bad")
)

func NewRect(w, h float64) Shape { return rect{w, h} }

func NewBase(w, h float64) Base { return Base{rect{w, h}} }

func Secret(s Shape) string { return s.secret() }

func (p Point) String() string { return fmt.Sprintf("<%d %d %s>", p.X, p.Y, p.hidden) }

func Hide(s string) Point { return Point{hidden: s} }

func Bump() int { Counter++; return impl.Double(Counter) }

func Generic[T any](v T) func() T { return func() T { Counter++; return v } }

type Stack[T any] struct{ items []T }

func (s *Stack[T]) Push(v T) { s.items = append(s.items, v) }
func (s *Stack[T]) Pop() (v T, err error) {
	if len(s.items) == 0 {
		return v, fmt.Errorf("pop: %w", ErrGeom)
	}
	v = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return
}
