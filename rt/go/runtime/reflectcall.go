package runtime

// Calls of functions whose type is known only at run time, and functions made at run time.
//
// Package reflect works with a frame: memory that holds receiver, arguments and, from the next word boundary on,
// results, each naturally aligned (its register sets are empty here). The functions below move values between a frame
// and the places of rgo's calling convention (docs/runtime-interface.md, "Registers and calls"), following the type.
// The registers themselves are loaded and stored by two assembly routines of rt.

import (
	"internal/abi"
	"internal/goarch"
	"unsafe"
)

// The calling convention. These agree with compiler/codegen (abi) and rgo_abi.
const (
	maxScalars      = 4 // of a value that is not passed in memory
	intParamRegs    = 6
	intParamRegsOvf = 5 // when the last one holds the address of the overflow area
	floatParamRegs  = 8
	intResultRegs   = 8
	floatResultRegs = 8
)

// nativeRegs is an image of the registers: parameters before a call, results after it. Known to rt.
type nativeRegs struct {
	ints   [8]unsafe.Pointer
	floats [8]uint64
}

// callNative loads the registers from regs, sets g.ctxt, calls code, and stores the result registers. Rust.
func callNative(code uintptr, ctxt unsafe.Pointer, regs *nativeRegs)

// nativeStub is the code word of a closure object {nativeStub, handler}: it stores the parameter registers to an image
// on the stack, calls handler with its address, and returns with the result registers loaded from the image. Rust.
func nativeStub()

// frameType describes the frames of one function type, with or without receiver, to the collector and to reflectcall.
// Package reflect declares the same structure.
type frameType struct {
	abi.Type
	ftyp    *functype
	hasRcvr bool
}

// scalars is a value taken apart as the calling convention does it.
type scalars struct {
	n      int
	memory bool // passed by address
	part   [maxScalars]scalar
}

type scalar struct {
	offset uintptr
	size   uint8
	float  bool
}

func (s *scalars) word(offset uintptr) { s.add(offset, goarch.PtrSize, false) }

func (s *scalars) add(offset, size uintptr, float bool) {
	if s.n == maxScalars {
		s.memory = true
		return
	}
	s.part[s.n] = scalar{offset, uint8(size), float}
	s.n++
}

// append takes apart a value of type t at the given offset.
func (s *scalars) append(t *_type, offset uintptr) {
	switch t.Kind() {
	case abi.Float32, abi.Float64:
		s.add(offset, t.Size_, true)
	case abi.Complex64, abi.Complex128:
		s.add(offset, t.Size_/2, true)
		s.add(offset+t.Size_/2, t.Size_/2, true)
	case abi.String, abi.Interface:
		s.word(offset)
		s.word(offset + goarch.PtrSize)
	case abi.Slice:
		s.word(offset)
		s.word(offset + goarch.PtrSize)
		s.word(offset + 2*goarch.PtrSize)
	case abi.Struct:
		for _, f := range t.StructType().Fields {
			s.append(f.Typ, offset+f.Offset)
		}
	case abi.Array:
		a := t.ArrayType()
		if a.Len == 1 {
			s.append(a.Elem, offset)
		} else if t.Size_ != 0 {
			s.memory = true
		}
	default:
		s.add(offset, t.Size_, false)
	}
}

func scalarsOf(t *_type) (s scalars) {
	s.append(t, 0)
	return s
}

// callShape counts the scalars of a signature.
type callShape struct {
	intParams, floatParams, intResults, floatResults int
}

func shapeOf(ft *functype, hasRcvr bool) (c callShape) {
	if hasRcvr {
		c.intParams++
	}
	for _, t := range ft.InSlice() {
		s := scalarsOf(t)
		if s.memory {
			c.intParams++
			continue
		}
		for i := 0; i < s.n; i++ {
			if s.part[i].float {
				c.floatParams++
			} else {
				c.intParams++
			}
		}
	}
	for _, t := range ft.OutSlice() {
		s := scalarsOf(t)
		if s.memory {
			c.intParams++ // its address
			continue
		}
		for i := 0; i < s.n; i++ {
			if s.part[i].float {
				c.floatResults++
			} else {
				c.intResults++
			}
		}
	}
	return c
}

// overflows reports whether something does not fit the registers.
func (c *callShape) overflows() bool {
	return c.intParams > intParamRegs || c.floatParams > floatParamRegs ||
		c.intResults > intResultRegs || c.floatResults > floatResultRegs
}

// areaWords returns the size of the overflow area.
func (c *callShape) areaWords() int {
	return max(c.intParams-intParamRegsOvf, 0) + max(c.floatParams-floatParamRegs, 0) +
		max(c.intResults-intResultRegs, 0) + max(c.floatResults-floatResultRegs, 0)
}

// regCursor hands out the places of consecutive scalars.
type regCursor struct {
	regs             *nativeRegs
	nextInt, nextFlt int
	intRegs, fltRegs int
	area             unsafe.Pointer // next place in the overflow area
}

func paramCursor(regs *nativeRegs, overflow bool) regCursor {
	c := regCursor{regs: regs, intRegs: intParamRegs, fltRegs: floatParamRegs}
	if overflow {
		c.intRegs = intParamRegsOvf
		c.area = regs.ints[intParamRegsOvf]
	}
	return c
}

// results continues a parameter cursor with the results of the call.
func (c *regCursor) results() {
	c.nextInt, c.nextFlt = 0, 0
	c.intRegs, c.fltRegs = intResultRegs, floatResultRegs
}

func (c *regCursor) next(float bool) unsafe.Pointer {
	if float {
		if c.nextFlt < c.fltRegs {
			c.nextFlt++
			return unsafe.Pointer(&c.regs.floats[c.nextFlt-1])
		}
	} else if c.nextInt < c.intRegs {
		c.nextInt++
		return unsafe.Pointer(&c.regs.ints[c.nextInt-1])
	}
	p := c.area
	c.area = add(p, 8)
	return p
}

// store moves a value from memory to the places of its scalars.
func (c *regCursor) store(s *scalars, from unsafe.Pointer) {
	for i := 0; i < s.n; i++ {
		part := &s.part[i]
		to, p := c.next(part.float), add(from, part.offset)
		switch part.size {
		case 1:
			*(*uint64)(to) = uint64(*(*uint8)(p))
		case 2:
			*(*uint64)(to) = uint64(*(*uint16)(p))
		case 4:
			*(*uint64)(to) = uint64(*(*uint32)(p))
		default:
			*(*unsafe.Pointer)(to) = *(*unsafe.Pointer)(p)
		}
	}
}

// load moves a value from the places of its scalars to memory.
func (c *regCursor) load(s *scalars, to unsafe.Pointer) {
	for i := 0; i < s.n; i++ {
		part := &s.part[i]
		from, p := c.next(part.float), add(to, part.offset)
		switch part.size {
		case 1:
			*(*uint8)(p) = *(*uint8)(from)
		case 2:
			*(*uint16)(p) = *(*uint16)(from)
		case 4:
			*(*uint32)(p) = *(*uint32)(from)
		default:
			*(*unsafe.Pointer)(p) = *(*unsafe.Pointer)(from)
		}
	}
}

// frameCursor returns the offsets of consecutive values in a frame.
type frameCursor uintptr

func (c *frameCursor) next(t *_type) uintptr {
	align := uintptr(t.Align_)
	offset := (uintptr(*c) + align - 1) &^ (align - 1)
	*c = frameCursor(offset + t.Size_)
	return offset
}

// reflectcall is reflect.call: it calls the function whose code address is the word at fn, with the values in frame.
//
//go:linkname reflectcall
//go:noinline
func reflectcall(typ *_type, fn, frame unsafe.Pointer, frameSize, retOffset, totalSize uint32, regs *abi.RegArgs) {
	ft := (*frameType)(unsafe.Pointer(typ))
	callWithFrame(ft.ftyp, ft.hasRcvr, fn, frame, uintptr(retOffset))
}

func callWithFrame(ft *functype, hasRcvr bool, fn, frame unsafe.Pointer, retOffset uintptr) {
	// In the frame whatever becomes of its address: callNative stores to it without write barrier, and more than results.
	var image nativeRegs
	regs := (*nativeRegs)(noescape(unsafe.Pointer(&image)))
	shape := shapeOf(ft, hasRcvr)
	overflow := shape.overflows()
	if overflow {
		area := make([]unsafe.Pointer, shape.areaWords())
		regs.ints[intParamRegsOvf] = unsafe.Pointer(unsafe.SliceData(area))
	}
	c := paramCursor(regs, overflow)
	out := frameCursor(retOffset)
	for _, t := range ft.OutSlice() {
		offset := out.next(t)
		if s := scalarsOf(t); s.memory {
			*(*unsafe.Pointer)(c.next(false)) = add(frame, offset)
		}
	}
	var in frameCursor
	if hasRcvr {
		*(*unsafe.Pointer)(c.next(false)) = *(*unsafe.Pointer)(frame)
		in = goarch.PtrSize
	}
	for _, t := range ft.InSlice() {
		offset := in.next(t)
		s := scalarsOf(t)
		if s.memory {
			*(*unsafe.Pointer)(c.next(false)) = add(frame, offset)
		} else {
			c.store(&s, add(frame, offset))
		}
	}
	callNative(*(*uintptr)(fn), fn, regs)
	c.results()
	out = frameCursor(retOffset)
	for _, t := range ft.OutSlice() {
		offset := out.next(t)
		if s := scalarsOf(t); !s.memory {
			c.load(&s, add(frame, offset))
		}
	}
	KeepAlive(regs.ints[intParamRegsOvf])
}

// reflect_nativeStub returns the code word for closure objects whose second word is a func(*nativeRegs).
//
//go:linkname reflect_nativeStub reflect.nativeStub
func reflect_nativeStub() uintptr { return abi.FuncPCABI0(nativeStub) }

// reflect_loadArgs copies the arguments of a call in progress to a zeroed frame.
//
//go:linkname reflect_loadArgs reflect.loadArgs
func reflect_loadArgs(ft *functype, regs unsafe.Pointer, frame unsafe.Pointer) {
	shape := shapeOf(ft, false)
	c := paramCursor((*nativeRegs)(regs), shape.overflows())
	for _, t := range ft.OutSlice() {
		if s := scalarsOf(t); s.memory {
			c.next(false)
		}
	}
	var in frameCursor
	for _, t := range ft.InSlice() {
		offset := in.next(t)
		s := scalarsOf(t)
		if s.memory {
			typedmemmove(t, add(frame, offset), *(*unsafe.Pointer)(c.next(false)))
		} else {
			c.load(&s, add(frame, offset))
		}
	}
}

// reflect_storeResults copies the results in a frame to where the caller expects them.
//
//go:linkname reflect_storeResults reflect.storeResults
func reflect_storeResults(ft *functype, regs unsafe.Pointer, frame unsafe.Pointer, retOffset uintptr) {
	shape := shapeOf(ft, false)
	c := paramCursor((*nativeRegs)(regs), shape.overflows())
	// The addresses for results in memory are among the parameters: use them before result registers replace them.
	out := frameCursor(retOffset)
	for _, t := range ft.OutSlice() {
		offset := out.next(t)
		if s := scalarsOf(t); s.memory {
			typedmemmove(t, *(*unsafe.Pointer)(c.next(false)), add(frame, offset))
		}
	}
	if shape.overflows() {
		params := max(shape.intParams-intParamRegsOvf, 0) + max(shape.floatParams-floatParamRegs, 0)
		c.area = add(c.regs.ints[intParamRegsOvf], uintptr(params)*8)
	}
	c.results()
	out = frameCursor(retOffset)
	for _, t := range ft.OutSlice() {
		offset := out.next(t)
		if s := scalarsOf(t); !s.memory {
			c.store(&s, add(frame, offset))
		}
	}
}
