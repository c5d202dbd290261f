// Package a makes values of unnamed types.
package a

type T struct{}

type word = string

type impl struct{}

func (impl) m() {}

func Embedded() any { return struct{ int }{} }
func Alias() any    { return struct{ word }{} }
func Field() any    { return struct{ x int }{} }
func Method() any   { return impl{} }
func Exported() any {
	return struct {
		X int
		T
	}{}
}
