package runtime

// Package arena (GOEXPERIMENT=arenas). Its documentation allows what is done here: memory comes from the ordinary heap, and the
// collector takes it back when nothing refers to it, before or after the arena is freed. So there is no use after free, and
// nothing that Clone would have to copy.

import (
	"internal/abi"
	"unsafe"
)

type userArena struct {
	defunct bool // freed
}

func (a *userArena) use() {
	if a.defunct {
		panic("arena: use after free")
	}
}

//go:linkname arena_newArena arena.runtime_arena_newArena
func arena_newArena() unsafe.Pointer { return unsafe.Pointer(new(userArena)) }

// arena_New allocates a T; typ is a descriptor of *T.
//
//go:linkname arena_New arena.runtime_arena_arena_New
func arena_New(arena unsafe.Pointer, typ any) any {
	(*userArena)(arena).use()
	t := (*_type)(efaceOf(&typ).data)
	if t.Kind() != abi.Pointer {
		throw("arena_New: non-pointer type")
	}
	var result any
	e := efaceOf(&result)
	e._type = t
	e.data = newobject((*ptrtype)(unsafe.Pointer(t)).Elem)
	return result
}

// arena_Slice sets *slice, a slice variable, to a new slice of the given capacity.
//
//go:linkname arena_Slice arena.runtime_arena_arena_Slice
func arena_Slice(arena unsafe.Pointer, sl any, cap int) {
	(*userArena)(arena).use()
	if cap < 0 {
		panic("userArena.slice: negative cap")
	}
	e := efaceOf(&sl)
	if e._type.Kind() != abi.Pointer {
		panic("slice result of non-ptr type")
	}
	typ := (*ptrtype)(unsafe.Pointer(e._type)).Elem
	if typ.Kind() != abi.Slice {
		panic("slice of non-ptr-to-slice type")
	}
	elem := (*slicetype)(unsafe.Pointer(typ)).Elem
	*(*slice)(e.data) = slice{newarray(elem, cap), cap, cap}
}

//go:linkname arena_Free arena.runtime_arena_arena_Free
func arena_Free(arena unsafe.Pointer) {
	a := (*userArena)(arena)
	if a.defunct {
		panic("arena double free")
	}
	a.defunct = true
}

//go:linkname arena_heapify arena.runtime_arena_heapify
func arena_heapify(s any) any {
	switch efaceOf(&s)._type.Kind() {
	case abi.String, abi.Slice, abi.Pointer:
		return s
	}
	panic("arena: Clone only supports pointers, slices, and strings")
}
