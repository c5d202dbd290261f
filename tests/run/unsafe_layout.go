// Package unsafe: sizes, offsets, pointer arithmetic, conversions between strings and slices.
package main

import (
	"fmt"
	"unsafe"
)

type S struct {
	a bool
	b int64
	c uint16
	d string
	e []int
	f any
	g [3]byte
	h complex64
	i func()
	j *int
	k map[int]int
	l struct{}
}

func main() {
	var s S
	fmt.Println(unsafe.Sizeof(s), unsafe.Alignof(s), unsafe.Offsetof(s.b), unsafe.Offsetof(s.c), unsafe.Offsetof(s.d), unsafe.Offsetof(s.e), unsafe.Offsetof(s.f), unsafe.Offsetof(s.g), unsafe.Offsetof(s.h), unsafe.Offsetof(s.i), unsafe.Offsetof(s.l))
	const size = unsafe.Sizeof([3]int32{}) + unsafe.Sizeof("")
	fmt.Println(size, unsafe.Sizeof(struct {
		a byte
		b struct{}
	}{}))
	arr := [4]int32{1, 2, 3, 4}
	p := unsafe.Pointer(&arr[0])
	third := (*int32)(unsafe.Add(p, 8))
	*third = 30
	fourth := (*int32)(unsafe.Pointer(uintptr(p) + 3*unsafe.Sizeof(arr[0])))
	fmt.Println(arr, *fourth, unsafe.Slice(&arr[1], 2))
	f := 1.5
	fmt.Printf("%#x\n", *(*uint64)(unsafe.Pointer(&f)))
	b := []byte("bytes")
	str := unsafe.String(&b[0], len(b))
	b[0] = 'B'
	fmt.Println(str, *unsafe.StringData("abc"), *unsafe.SliceData([]int{7}), len(unsafe.Slice(unsafe.StringData("xyz"), 3)))
	s.b = 42
	fmt.Println(*(*int64)(unsafe.Add(unsafe.Pointer(&s), unsafe.Offsetof(s.b))))
	type header struct {
		data unsafe.Pointer
		len  int
		cap  int
	}
	sl := make([]int, 3, 10)
	h := (*header)(unsafe.Pointer(&sl))
	fmt.Println(h.len, h.cap, h.data == unsafe.Pointer(&sl[0]))
	h.len = 5
	fmt.Println(len(sl))
	var x any = 7
	type eface struct{ typ, data unsafe.Pointer }
	fmt.Println(*(*int)((*eface)(unsafe.Pointer(&x)).data))
	bits := [2]uint16{0x1234, 0x5678}
	fmt.Printf("%#x\n", *(*uint32)(unsafe.Pointer(&bits)))
	func() {
		defer func() { fmt.Println(recover()) }()
		n := -1
		_ = unsafe.Slice(&arr[0], n)
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		var np *int
		n := 1
		fmt.Println(unsafe.Slice(np, n-1) == nil)
		_ = unsafe.Slice(np, n)
	}()
}
