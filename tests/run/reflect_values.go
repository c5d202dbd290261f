// Reflection over values: set, call, make, iterate, compare, convert; DeepEqual, MakeFunc, Swapper, Select.
package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
)

type S struct {
	N    int
	Name string
	priv []int
	Sub  *S
}

func (s S) Hello(a string, n int) string        { return fmt.Sprint("hello ", a, n, s.Name) }
func (s *S) Rename(n string)                    { s.Name = n }
func (s S) Many(xs ...int) (int, error)         { return len(xs), fmt.Errorf("many %v", xs) }
func (s S) Big(a [4]int, f float64, b S) [5]int { return [5]int{a[0], a[3], int(f), b.N, s.N} }

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "panics:", r)
		}
	}()
	f()
}

func dump(v reflect.Value, depth int) string {
	switch v.Kind() {
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			parts = append(parts, v.Type().Field(i).Name+"="+dump(v.Field(i), depth+1))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case reflect.Pointer:
		if v.IsNil() {
			return "nil"
		}
		return "&" + dump(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		s := "["
		for i := range v.Len() {
			s += dump(v.Index(i), depth+1) + ";"
		}
		return s + "]"
	case reflect.Map:
		keys := v.MapKeys()
		sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
		s := "map["
		for _, k := range keys {
			s += dump(k, depth+1) + ":" + dump(v.MapIndex(k), depth+1) + ";"
		}
		return s + "]"
	case reflect.Interface:
		return "i(" + dump(v.Elem(), depth+1) + ")"
	case reflect.String:
		return fmt.Sprintf("%q", v.String())
	case reflect.Int:
		return fmt.Sprint(v.Int())
	case reflect.Invalid:
		return "invalid"
	}
	return v.Kind().String()
}

func main() {
	s := S{1, "a", []int{1, 2}, &S{N: 2}}
	fmt.Println(dump(reflect.ValueOf(s), 0))
	fmt.Println(dump(reflect.ValueOf(map[string]any{"k": []any{1, "x", nil, 2.5}, "j": &s}), 0))
	v := reflect.ValueOf(&s).Elem()
	v.Field(0).SetInt(10)
	v.FieldByName("Name").Set(reflect.ValueOf("set"))
	fmt.Println(s.N, s.Name, v.Field(2).CanSet(), v.Field(0).CanAddr(), v.NumField())
	out := v.MethodByName("Hello").Call([]reflect.Value{reflect.ValueOf("x"), reflect.ValueOf(5)})
	fmt.Println(out[0])
	v.Addr().MethodByName("Rename").Call([]reflect.Value{reflect.ValueOf("renamed")})
	r := v.MethodByName("Many").Call([]reflect.Value{reflect.ValueOf(1), reflect.ValueOf(2)})
	r2 := v.MethodByName("Many").CallSlice([]reflect.Value{reflect.ValueOf([]int{7})})
	fmt.Println(s.Name, r[0], r[1], r2[1])
	big := v.MethodByName("Big").Call([]reflect.Value{reflect.ValueOf([4]int{1, 2, 3, 4}), reflect.ValueOf(2.5), reflect.ValueOf(S{N: 77})})
	fmt.Println(big[0])
	swap := reflect.MakeFunc(reflect.TypeOf(func(a, b string) (string, string) { return "", "" }), func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{args[1], args[0]}
	}).Interface().(func(string, string) (string, string))
	fmt.Println(swap("p", "q"))
	sum := reflect.MakeFunc(reflect.TypeOf(func(float64, int8, [3]int, ...int) (float64, error) { return 0, nil }), func(args []reflect.Value) []reflect.Value {
		t := args[0].Float() + float64(args[1].Int()) + float64(args[2].Index(2).Int())
		for i := range args[3].Len() {
			t += float64(args[3].Index(i).Int())
		}
		return []reflect.Value{reflect.ValueOf(t), reflect.Zero(reflect.TypeFor[error]())}
	}).Interface().(func(float64, int8, [3]int, ...int) (float64, error))
	fmt.Println(sum(1.5, 2, [3]int{0, 0, 3}, 4, 5))
	sl := reflect.MakeSlice(reflect.TypeOf([]string{}), 1, 5)
	sl.Index(0).SetString("z")
	sl = reflect.Append(sl, reflect.ValueOf("y"))
	fmt.Println(sl, sl.Len(), sl.Cap(), sl.Slice(1, 2))
	m := reflect.ValueOf(map[string]int{"a": 1, "b": 2})
	it := m.MapRange()
	total := 0
	for it.Next() {
		total += int(it.Value().Int())
	}
	m.SetMapIndex(reflect.ValueOf("a"), reflect.Value{})
	fmt.Println(total, m.Len(), m.MapIndex(reflect.ValueOf("zz")).IsValid())
	ch := reflect.MakeChan(reflect.TypeOf(make(chan int)), 2)
	ch.Send(reflect.ValueOf(3))
	x, ok := ch.Recv()
	_, ok2 := ch.TryRecv()
	fmt.Println(x, ok, ok2, ch.Len())
	ch.Send(reflect.ValueOf(8))
	i, rv, rok := reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: ch}, {Dir: reflect.SelectDefault}})
	fmt.Println(i, rv, rok)
	fmt.Println(reflect.ValueOf(65).Convert(reflect.TypeOf(1.5)), reflect.ValueOf(65).Convert(reflect.TypeOf("")), reflect.ValueOf("hé").Convert(reflect.TypeOf([]rune{})))
	a := map[string][]any{"k": {1, "two", map[int]int{3: 4}}}
	b := map[string][]any{"k": {1, "two", map[int]int{3: 4}}}
	type cyc struct{ next *cyc }
	c1, c2 := &cyc{}, &cyc{}
	c1.next, c2.next = c1, c2
	fmt.Println(reflect.DeepEqual(a, b), reflect.DeepEqual(a, nil), reflect.DeepEqual([]int{}, []int(nil)), reflect.DeepEqual(c1, c2), reflect.DeepEqual(1, int8(1)), reflect.DeepEqual(s, s))
	arr := []int{1, 2, 3}
	reflect.Swapper(arr)(0, 2)
	fmt.Println(arr, reflect.Zero(reflect.TypeOf(s)).IsZero(), reflect.Indirect(reflect.ValueOf(&arr)).Len())
	var e any = &s
	fmt.Println(reflect.ValueOf(&e).Elem().Elem().Elem().Field(0), reflect.ValueOf(nil).IsValid())
	try("set unexported", func() { v.Field(2).Set(reflect.ValueOf([]int{})) })
	try("set unaddressable", func() { reflect.ValueOf(s).Field(0).SetInt(1) })
	try("kind", func() { reflect.ValueOf(1).Len() })
	try("call args", func() { v.MethodByName("Hello").Call(nil) })
	try("type", func() { v.Field(0).Set(reflect.ValueOf("str")) })
	try("nil method", func() { v.MethodByName("Nope").Call(nil) })
	for i, x := range reflect.ValueOf([]string{"r", "s"}).Seq2() {
		fmt.Print(i, x, " ")
	}
	fmt.Println(reflect.ValueOf(strings.ToUpper).Call([]reflect.Value{reflect.ValueOf("up")})[0], reflect.ValueOf(3).Comparable(), reflect.ValueOf(3).Equal(reflect.ValueOf(3)))
}
