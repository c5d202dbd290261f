package runtime

// Interface values: the table of itabs, conversions, assertions.
//
// There is at most one itab for each pair of interface and concrete type, so that comparing itab pointers compares
// types. Itabs known at compile time are entered when the table is first needed; others are made on demand and never
// freed. A pair whose type lacks a method gets an itab too, with Fun[0] = 0, which caches the negative answer.

import (
	"internal/abi"
	"internal/goarch"
	"internal/runtime/atomic"
	"unsafe"
)

// itabTable is an open-addressed hash table; len(entries) is a power of two. Readers take no lock: entries only change
// from nil to an itab, and a full table is replaced as a whole.
type itabTable struct {
	count   uintptr
	mask    uintptr
	entries []*itab
}

var (
	itabLock mutex
	itabs    *itabTable // read with atomic.Loadp, replaced under itabLock
)

//go:linkname linkItablinks runtime.itablinks
//go:linkname linkNItablinks runtime.nitablinks
var (
	linkItablinks  byte
	linkNItablinks uintptr
)

func itabHash(inter *interfacetype, typ *_type) uintptr {
	h := uintptr(inter.Type.Hash ^ typ.Hash)
	return h ^ h>>15
}

func newItabTable(size uintptr) *itabTable {
	return &itabTable{mask: size - 1, entries: make([]*itab, size)}
}

func (t *itabTable) find(inter *interfacetype, typ *_type) *itab {
	for h := itabHash(inter, typ); ; h++ {
		m := (*itab)(atomic.Loadp(unsafe.Pointer(&t.entries[h&t.mask])))
		if m == nil || m.Inter == inter && m.Type == typ {
			return m
		}
	}
}

// add enters m, for which there is room, under itabLock.
func (t *itabTable) add(m *itab) {
	h := itabHash(m.Inter, m.Type)
	for t.entries[h&t.mask] != nil {
		h++
	}
	atomicstorep((*unsafe.Pointer)(unsafe.Pointer(&t.entries[h&t.mask])), unsafe.Pointer(m))
	t.count++
}

// itabsForWriting returns the table with room for another entry, under itabLock.
func itabsForWriting() *itabTable {
	t := itabs
	if t == nil {
		compiled := unsafe.Slice((**itab)(unsafe.Pointer(&linkItablinks)), linkNItablinks)
		size := uintptr(256)
		for size < uintptr(len(compiled))*2 {
			size *= 2
		}
		t = newItabTable(size)
		for _, m := range compiled {
			t.add(m)
		}
	} else if t.count >= t.mask/4*3 {
		old := t
		t = newItabTable((old.mask + 1) * 2)
		for _, m := range old.entries {
			if m != nil {
				t.add(m)
			}
		}
	} else {
		return t
	}
	atomicstorep((*unsafe.Pointer)(unsafe.Pointer(&itabs)), unsafe.Pointer(t))
	return t
}

// allItabs returns the itabs made so far.
func allItabs() []*itab {
	lock(&itabLock)
	t := itabsForWriting()
	list := make([]*itab, 0, t.count)
	for _, m := range t.entries {
		if m != nil {
			list = append(list, m)
		}
	}
	unlock(&itabLock)
	return list
}

// getitab returns the itab of typ for inter. If typ does not implement inter it returns nil or panics.
//
//go:linkname getitab
func getitab(inter *interfacetype, typ *_type, canfail bool) *itab {
	if typ.TFlag&abi.TFlagUncommon == 0 {
		if canfail {
			return nil
		}
		method := toRType(&inter.Type).nameOff(inter.Methods[0].Name).Name()
		panic(&TypeAssertionError{nil, typ, &inter.Type, method})
	}
	var m *itab
	if t := (*itabTable)(atomic.Loadp(unsafe.Pointer(&itabs))); t != nil {
		m = t.find(inter, typ)
	}
	if m == nil {
		// Memory comes first: nothing may allocate, hence collect or panic, under the lock.
		words := make([]unsafe.Pointer, unsafe.Sizeof(itab{})/goarch.PtrSize+uintptr(len(inter.Methods)-1))
		fresh := (*itab)(unsafe.Pointer(&words[0]))
		fresh.Inter = inter
		fresh.Type = typ
		fresh.Hash = typ.Hash
		itabInit(fresh, true)
		lock(&itabLock)
		t := itabsForWriting()
		m = t.find(inter, typ)
		if m == nil {
			m = fresh
			t.add(m)
		}
		unlock(&itabLock)
	}
	if m.Fun[0] != 0 {
		return m
	}
	if canfail {
		return nil
	}
	panic(&TypeAssertionError{concrete: typ, asserted: &inter.Type, missingMethod: itabInit(m, false)})
}

// itabInit fills in m.Fun, if fill is set, and returns "" or the name of a method that the type lacks.
// The methods of both sides are sorted alike, so one pass over each suffices.
func itabInit(m *itab, fill bool) (missing string) {
	inter, typ := toRType(&m.Inter.Type), toRType(m.Type)
	u := typ.uncommon()
	have := unsafe.Slice((*abi.Method)(add(unsafe.Pointer(u), uintptr(u.Moff))), int(u.Mcount))
	fun := unsafe.Slice(&m.Fun[0], len(m.Inter.Methods))
	var first uintptr
	j := 0
	for i := range m.Inter.Methods {
		want := &m.Inter.Methods[i]
		wantName := inter.nameOff(want.Name)
		wantType := inter.typeOff(want.Typ)
		found := false
		for ; j < len(have) && !found; j++ {
			if typ.typeOff(have[j].Mtyp) != wantType {
				continue
			}
			haveName := typ.nameOff(have[j].Name)
			if haveName.Name() != wantName.Name() {
				continue
			}
			if !haveName.IsExported() {
				havePkg, wantPkg := pkgPath(haveName), pkgPath(wantName)
				if havePkg == "" {
					havePkg = typ.nameOff(u.PkgPath).Name()
				}
				if wantPkg == "" {
					wantPkg = m.Inter.PkgPath.Name()
				}
				if havePkg != wantPkg {
					continue
				}
			}
			found = true
			code := uintptr(typ.textOff(have[j].Ifn))
			if i == 0 {
				first = code
			} else if fill {
				fun[i] = code
			}
		}
		if !found {
			return wantName.Name() // Fun[0] stays 0
		}
	}
	if fill {
		fun[0] = first
	}
	return ""
}

func assertE2I(inter *interfacetype, t *_type) *itab {
	if t == nil {
		panic(&TypeAssertionError{nil, nil, &inter.Type, ""})
	}
	return getitab(inter, t, false)
}

func assertE2I2(inter *interfacetype, t *_type) *itab {
	if t == nil {
		return nil
	}
	return getitab(inter, t, true)
}

// convI2I returns the itab of the dynamic type of tab for another interface that it is known to implement.
func convI2I(inter *interfacetype, tab *itab) *itab {
	if tab == nil {
		return nil
	}
	return getitab(inter, tab.Type, false)
}

// typeAssert is assertE2I or assertE2I2, as s.CanFail says, and enters the answer into the cache of the call site.
func typeAssert(s *abi.TypeAssert, t *_type) *itab {
	if t == nil {
		if s.CanFail {
			return nil
		}
		panic(&TypeAssertionError{nil, nil, &s.Inter.Type, ""})
	}
	return getitab(s.Inter, t, s.CanFail)
}

// interfaceSwitch returns the first interface of s.Cases that t implements, and the itab for it, or s.NCases and nil.
func interfaceSwitch(s *abi.InterfaceSwitch, t *_type) (int, *itab) {
	if t != nil {
		for i, c := range unsafe.Slice(&s.Cases[0], s.NCases) {
			if tab := getitab(c, t, true); tab != nil {
				return i, tab
			}
		}
	}
	return s.NCases, nil
}

// emptyTypeAssertCache and emptyInterfaceSwitchCache are the initial caches of call sites.
var (
	emptyTypeAssertCache      = abi.TypeAssertCache{Mask: 0}
	emptyInterfaceSwitchCache = abi.InterfaceSwitchCache{Mask: 0}
)

func panicdottypeE(have, want, iface *_type) {
	panic(&TypeAssertionError{iface, have, want, ""})
}

func panicdottypeI(have *itab, want, iface *_type) {
	var t *_type
	if have != nil {
		t = have.Type
	}
	panicdottypeE(t, want, iface)
}

func panicnildottype(want *_type) {
	panic(&TypeAssertionError{nil, nil, want, ""})
}

// unreachableMethod stands in for methods that no reachable code can call.
func unreachableMethod() {
	throw("unreachable method called. linker bug?")
}

//go:linkname reflect_ifaceE2I reflect.ifaceE2I
func reflect_ifaceE2I(inter *interfacetype, e eface, dst *iface) {
	*dst = iface{assertE2I(inter, e._type), e.data}
}

//go:linkname reflectlite_ifaceE2I internal/reflectlite.ifaceE2I
func reflectlite_ifaceE2I(inter *interfacetype, e eface, dst *iface) {
	*dst = iface{assertE2I(inter, e._type), e.data}
}

// Boxing.

// stringBoxType and sliceBoxType describe any string and any slice to the collector. They are found through pointer
// types because converting a string to any would call convTstring again.
func stringBoxType() *_type {
	var e any = (*string)(nil)
	return (*ptrtype)(unsafe.Pointer(efaceOf(&e)._type)).Elem
}

func sliceBoxType() *_type {
	var e any = (*[]byte)(nil)
	return (*ptrtype)(unsafe.Pointer(efaceOf(&e)._type)).Elem
}

func convT(t *_type, v unsafe.Pointer) unsafe.Pointer {
	x := mallocgc(t.Size_, t, true)
	typedmemmove(t, x, v)
	return x
}

func convTnoptr(t *_type, v unsafe.Pointer) unsafe.Pointer {
	x := mallocgc(t.Size_, t, false)
	memmove(x, v, t.Size_)
	return x
}

func convT16(val uint16) unsafe.Pointer {
	if val < uint16(len(staticuint64s)) {
		return smallInt(uintptr(val), 2)
	}
	x := mallocgc(2, nil, false)
	*(*uint16)(x) = val
	return x
}

func convT32(val uint32) unsafe.Pointer {
	if val < uint32(len(staticuint64s)) {
		return smallInt(uintptr(val), 4)
	}
	x := mallocgc(4, nil, false)
	*(*uint32)(x) = val
	return x
}

//go:linkname convT64
func convT64(val uint64) unsafe.Pointer {
	if val < uint64(len(staticuint64s)) {
		return smallInt(uintptr(val), 8)
	}
	x := mallocgc(8, nil, false)
	*(*uint64)(x) = val
	return x
}

// smallInt returns the address of a read-only integer of the given size.
func smallInt(val, size uintptr) unsafe.Pointer {
	p := unsafe.Pointer(&staticuint64s[val])
	if goarch.BigEndian {
		p = add(p, 8-size)
	}
	return p
}

//go:linkname convTstring
func convTstring(val string) unsafe.Pointer {
	if val == "" {
		return unsafe.Pointer(&zeroVal[0])
	}
	x := mallocgc(unsafe.Sizeof(val), stringBoxType(), true)
	*(*string)(x) = val
	return x
}

//go:linkname convTslice
func convTslice(val []byte) unsafe.Pointer {
	if (*slice)(unsafe.Pointer(&val)).array == nil {
		return unsafe.Pointer(&zeroVal[0])
	}
	x := mallocgc(unsafe.Sizeof(val), sliceBoxType(), true)
	*(*[]byte)(x) = val
	return x
}

//go:linkname getStaticuint64s
func getStaticuint64s() *[256]uint64 { return &staticuint64s }

// staticuint64s[i] is i: boxed small integers and single bytes need no allocation.
//
//go:readonly
var staticuint64s = [...]uint64{
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
	0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f,
	0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f,
	0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f,
	0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f,
	0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f,
	0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f,
	0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f,
	0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f,
	0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f,
	0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
	0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf,
	0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf,
	0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf,
	0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef,
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
}
