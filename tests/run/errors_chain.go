// Package errors: Is, As, Join, Unwrap, custom methods, io/fs errors.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

var ErrBase = errors.New("base")

type Coded struct {
	Code int
	Err  error
}

func (c *Coded) Error() string        { return fmt.Sprintf("code %d: %v", c.Code, c.Err) }
func (c *Coded) Unwrap() error        { return c.Err }
func (c *Coded) Is(target error) bool { t, ok := target.(*Coded); return ok && t.Code == c.Code }

type Temp interface{ Temporary() bool }
type tmp struct{ error }

func (tmp) Temporary() bool { return true }

func main() {
	e := fmt.Errorf("outer: %w", &Coded{7, fmt.Errorf("mid: %w", ErrBase)})
	var c *Coded
	fmt.Println(e, errors.Is(e, ErrBase), errors.As(e, &c), c.Code, errors.Is(e, &Coded{Code: 7}), errors.Is(e, &Coded{Code: 8}), errors.Is(e, io.EOF))
	j := errors.Join(ErrBase, nil, io.EOF, e)
	fmt.Printf("%v|%q\n", errors.Is(j, io.EOF), j)
	fmt.Println(errors.Join(nil, nil) == nil, errors.Unwrap(j) == nil, errors.Unwrap(errors.Unwrap(e)))
	var t Temp
	fmt.Println(errors.As(fmt.Errorf("x: %w", tmp{io.EOF}), &t), t.Temporary(), errors.Is(tmp{io.EOF}, io.EOF))
	_, err := os.Open("/does/not/exist")
	var pe *fs.PathError
	fmt.Println(err, errors.Is(err, fs.ErrNotExist), errors.As(err, &pe), pe.Op, pe.Path, pe.Err, os.IsNotExist(err))
	v, ok := errors.AsType[*Coded](e)
	fmt.Println(v.Code, ok)
	func() {
		defer func() { fmt.Println(recover()) }()
		errors.As(e, nil)
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		errors.As(e, c)
	}()
	var nilCoded *Coded
	var asErr error = nilCoded
	fmt.Println(asErr == nil, errors.Is(nil, ErrBase), errors.New("a") == errors.New("a"))
	multi := fmt.Errorf("%w; %w; %v", io.EOF, ErrBase, fs.ErrExist)
	fmt.Println(errors.Is(multi, ErrBase), errors.Is(multi, fs.ErrExist), multi)
}
