package runtime

// Type descriptors: names and offsets, descriptors made by package reflect, and the list of descriptors that reflect must
// find instead of making its own. (Pointer masks are rt's business.)

import (
	"internal/abi"
	"unsafe"
)

type (
	_type         = abi.Type
	itab          = abi.ITab
	nameOff       = abi.NameOff
	typeOff       = abi.TypeOff
	textOff       = abi.TextOff
	name          = abi.Name
	uncommontype  = abi.UncommonType
	interfacetype = abi.InterfaceType
	arraytype     = abi.ArrayType
	chantype      = abi.ChanType
	slicetype     = abi.SliceType
	functype      = abi.FuncType
	ptrtype       = abi.PtrType
	structtype    = abi.StructType
)

type iface struct {
	tab  *itab
	data unsafe.Pointer
}

type eface struct {
	_type *_type
	data  unsafe.Pointer
}

func efaceOf(e *any) *eface { return (*eface)(unsafe.Pointer(e)) }

// Section boundaries and tables that the linker defines.
//
//go:linkname linkTypes runtime.types
//go:linkname linkETypes runtime.etypes
//go:linkname linkText runtime.text
//go:linkname linkTypelinks runtime.typelinks
//go:linkname linkNTypelinks runtime.ntypelinks
var (
	linkTypes      byte
	linkETypes     byte
	linkText       byte
	linkTypelinks  byte
	linkNTypelinks uintptr
)

func typesBase() uintptr { return uintptr(unsafe.Pointer(&linkTypes)) }

// isStaticData reports whether p points into the descriptors that the linker laid out.
func isStaticData(p unsafe.Pointer) bool {
	return uintptr(p) >= typesBase() && uintptr(p) < uintptr(unsafe.Pointer(&linkETypes))
}

// rtype adds methods to a type descriptor.
type rtype struct {
	*abi.Type
}

func toRType(t *abi.Type) rtype { return rtype{t} }

func (t rtype) nameOff(off nameOff) name   { return resolveNameOff(unsafe.Pointer(t.Type), off) }
func (t rtype) typeOff(off typeOff) *_type { return resolveTypeOff(unsafe.Pointer(t.Type), off) }

// string returns the type's reflect string, for example "*bytes.Buffer".
func (t rtype) string() string {
	s := t.nameOff(t.Str).Name()
	if t.TFlag&abi.TFlagExtraStar != 0 {
		s = s[1:]
	}
	return s
}

func (t rtype) uncommon() *uncommontype { return t.Uncommon() }

// pkgpath returns the path of the package that the type, or its unexported fields or methods, belong to.
func (t rtype) pkgpath() string {
	if u := t.uncommon(); u != nil {
		return t.nameOff(u.PkgPath).Name()
	}
	switch t.Kind() {
	case abi.Struct:
		return (*structtype)(unsafe.Pointer(t.Type)).PkgPath.Name()
	case abi.Interface:
		return (*interfacetype)(unsafe.Pointer(t.Type)).PkgPath.Name()
	}
	return ""
}

// textOff returns the address of a method's code. -1 stands for methods that the linker dropped.
func (t rtype) textOff(off textOff) unsafe.Pointer {
	if off == -1 {
		return unsafe.Pointer(abi.FuncPCABIInternal(unreachableMethod))
	}
	if isStaticData(unsafe.Pointer(t.Type)) {
		return add(unsafe.Pointer(&linkText), uintptr(off))
	}
	p := reflectObject(int32(off))
	if p == nil {
		throw("runtime: text offset base pointer out of range")
	}
	return p
}

//go:linkname maps_typeString internal/runtime/maps.typeString
func maps_typeString(typ *abi.Type) string { return toRType(typ).string() }

func resolveNameOff(ptrInModule unsafe.Pointer, off nameOff) name {
	if off == 0 {
		return name{}
	}
	if isStaticData(ptrInModule) {
		return name{Bytes: (*byte)(unsafe.Pointer(typesBase() + uintptr(off)))}
	}
	p := reflectObject(int32(off))
	if p == nil {
		throw("runtime: name offset base pointer out of range")
	}
	return name{Bytes: (*byte)(p)}
}

func resolveTypeOff(ptrInModule unsafe.Pointer, off typeOff) *_type {
	if off == 0 || off == -1 {
		return nil
	}
	if isStaticData(ptrInModule) {
		return (*_type)(unsafe.Pointer(typesBase() + uintptr(off)))
	}
	p := reflectObject(int32(off))
	if p == nil {
		throw("runtime: type offset base pointer out of range")
	}
	return (*_type)(p)
}

// pkgPath returns the package path stored in an unexported name, or "".
func pkgPath(n name) string {
	if n.Bytes == nil || *n.Data(0)&(1<<2) == 0 {
		return ""
	}
	size, length := n.ReadVarint(1)
	off := 1 + size + length
	if *n.Data(0)&(1<<1) != 0 {
		size, length = n.ReadVarint(off)
		off += size + length
	}
	var path nameOff
	memmove(unsafe.Pointer(&path), unsafe.Pointer(n.Data(off)), unsafe.Sizeof(path))
	return resolveNameOff(unsafe.Pointer(n.Bytes), path).Name()
}

// reflectObjects holds names, descriptors and code addresses made at run time by package reflect. They are identified
// by negative offsets, which no compiled descriptor uses, and live as long as the program.
var reflectObjects struct {
	lock    mutex
	objects []unsafe.Pointer // object i has the offset -2-i; -1 is taken
	ids     map[unsafe.Pointer]int32
}

func reflectObject(off int32) unsafe.Pointer {
	lock(&reflectObjects.lock)
	var p unsafe.Pointer
	if i := -2 - int(off); 0 <= i && i < len(reflectObjects.objects) {
		p = reflectObjects.objects[i]
	}
	unlock(&reflectObjects.lock)
	return p
}

//go:linkname reflect_addReflectOff reflect.addReflectOff
func reflect_addReflectOff(p unsafe.Pointer) int32 {
	lock(&reflectObjects.lock)
	if reflectObjects.ids == nil {
		reflectObjects.ids = make(map[unsafe.Pointer]int32)
	}
	id, ok := reflectObjects.ids[p]
	if !ok {
		id = int32(-2 - len(reflectObjects.objects))
		reflectObjects.objects = append(reflectObjects.objects, p)
		reflectObjects.ids[p] = id
	}
	unlock(&reflectObjects.lock)
	return id
}

//go:linkname reflect_resolveNameOff reflect.resolveNameOff
func reflect_resolveNameOff(ptrInModule unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveNameOff(ptrInModule, nameOff(off)).Bytes)
}

//go:linkname reflect_resolveTypeOff reflect.resolveTypeOff
func reflect_resolveTypeOff(rtype unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveTypeOff(rtype, typeOff(off)))
}

//go:linkname reflect_resolveTextOff reflect.resolveTextOff
func reflect_resolveTextOff(rtype unsafe.Pointer, off int32) unsafe.Pointer {
	return toRType((*_type)(rtype)).textOff(textOff(off))
}

//go:linkname reflectlite_resolveNameOff internal/reflectlite.resolveNameOff
func reflectlite_resolveNameOff(ptrInModule unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveNameOff(ptrInModule, nameOff(off)).Bytes)
}

//go:linkname reflectlite_resolveTypeOff internal/reflectlite.resolveTypeOff
func reflectlite_resolveTypeOff(rtype unsafe.Pointer, off int32) unsafe.Pointer {
	return unsafe.Pointer(resolveTypeOff(rtype, typeOff(off)))
}

//go:linkname reflect_adjustAIXGCDataForRuntime reflect.adjustAIXGCDataForRuntime
func reflect_adjustAIXGCDataForRuntime(addr *byte) *byte { return addr }

// compiledTypelinks returns all unnamed composite types of the program, sorted by their string.
//
//go:linkname reflect_compiledTypelinks reflect.compiledTypelinks
func reflect_compiledTypelinks() ([]*_type, [][]*_type) {
	if linkNTypelinks == 0 {
		return nil, nil
	}
	return unsafe.Slice((**_type)(unsafe.Pointer(&linkTypelinks)), linkNTypelinks), nil
}
