// Reflection over types: kinds, names, fields, tags, methods, constructors, StructOf, FuncOf.
package main

import (
	"errors"
	"fmt"
	"io"
	"reflect"
)

type Inner struct {
	A int `json:"a,omitempty" xml:"x"`
	b string
}

type Outer struct {
	Inner
	*io.PipeReader
	F  func(int, ...string) error
	M  map[string][]*Inner
	C  <-chan int
	Ar [3]bool
	An any
	E  error
}

func (Outer) Value() int               { return 1 }
func (*Outer) Pointer(s string) string { return s + "!" }

type MyInt int

func (m MyInt) Double() MyInt { return m * 2 }

type Gen[T any] struct{ v T }

func main() {
	for _, v := range []any{1, int8(1), uint(1), 1.5, float32(1), 1i, "s", true, 'r', []int{}, [2]string{}, map[int]bool{}, make(chan int), func() {}, &struct{}{}, struct{}{}, MyInt(1), errors.New("x"), Gen[map[string]MyInt]{}, uintptr(0), new(any)} {
		t := reflect.TypeOf(v)
		fmt.Println(t, t.Kind(), t.Name(), t.PkgPath(), t.Size(), t.Comparable(), t.NumMethod())
	}
	t := reflect.TypeFor[Outer]()
	for i := range t.NumField() {
		f := t.Field(i)
		fmt.Println(f.Name, f.Type, f.Anonymous, f.Index, f.Offset, f.IsExported(), f.Tag.Get("json"))
	}
	f, ok := t.FieldByName("A")
	fmt.Println(f.Tag, f.Index, ok, f.Tag.Get("xml"))
	for _, x := range reflect.VisibleFields(reflect.TypeOf(Inner{})) {
		fmt.Print(x.Name, " ")
	}
	pt := reflect.PointerTo(t)
	for i := range pt.NumMethod() {
		m := pt.Method(i)
		if m.Name == "Value" || m.Name == "Pointer" {
			fmt.Println(m.Name, m.Type)
		}
	}
	ft := t.Field(2).Type
	fmt.Println(ft.NumIn(), ft.In(1), ft.Out(0), ft.IsVariadic(), t.Field(3).Type.Elem().Elem().Elem(), t.Field(3).Type.Key(), t.Field(4).Type.ChanDir(), t.Field(5).Type.Len())
	errT := reflect.TypeFor[error]()
	fmt.Println(errT.Kind(), errT.Method(0).Name, reflect.TypeOf(io.EOF).Implements(errT), reflect.TypeOf(1).Implements(errT), reflect.TypeOf(MyInt(0)).ConvertibleTo(reflect.TypeOf(1.5)), reflect.TypeOf(MyInt(0)).AssignableTo(reflect.TypeOf(1)))
	st := reflect.StructOf([]reflect.StructField{{Name: "X", Type: reflect.TypeOf(1), Tag: `k:"v"`}, {Name: "Y", Type: reflect.TypeOf("")}})
	sv := reflect.New(st).Elem()
	sv.Field(0).SetInt(4)
	sv.Field(1).SetString("why")
	fmt.Printf("%v %+v %T\n", st, sv.Interface(), sv.Interface())
	fmt.Println(reflect.SliceOf(st).Elem() == st, reflect.MapOf(reflect.TypeOf(""), reflect.TypeOf(1)) == reflect.TypeOf(map[string]int{}), reflect.ArrayOf(3, reflect.TypeOf(1)) == reflect.TypeOf([3]int{}), reflect.ChanOf(reflect.BothDir, reflect.TypeOf(1)), reflect.FuncOf([]reflect.Type{reflect.TypeOf(1)}, nil, false))
	av := reflect.New(reflect.ArrayOf(5, reflect.TypeOf(""))).Elem()
	av.Index(3).SetString("q")
	fmt.Printf("%q\n", av.Interface())
	mv := reflect.MakeMap(reflect.MapOf(st, reflect.TypeOf(0)))
	mv.SetMapIndex(sv, reflect.ValueOf(9))
	fmt.Println(mv.Len(), mv.MapIndex(sv), mv.Type())
	fmt.Println(reflect.TypeOf(Gen[Gen[int]]{}).Name(), reflect.TypeOf((*interface{ M(int) string })(nil)).Elem(), reflect.TypeOf(struct {
		A int "tag"
		B []struct{}
	}{}))
}
