package linked

import "unsafe"

// The real one gives the P's number.
//
//go:linkname procPin runtime.procPin
func procPin()

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

// The real one gives an int.
//
//go:linkname maplen reflect.maplen
func maplen(m unsafe.Pointer) int32

func Len(m map[string]int) int32 {
	procPin()
	defer procUnpin()
	return maplen(*(*unsafe.Pointer)(unsafe.Pointer(&m)))
}
