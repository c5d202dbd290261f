package reflect

// Calls and functions made at run time. The runtime needs the function type to convert between frames and registers
// (runtime/reflectcall.go), so frame types carry it, and functions are closures over a handler that knows it.

import (
	"internal/abi"
	"internal/goarch"
	"sync"
	"unsafe"
)

// frameType is the runtime's structure of this name: type of the frames of a function type.
//
//rgo:new
type frameType struct {
	abi.Type
	ftyp    *funcType
	hasRcvr bool
}

// funcLayout returns the frame type of a function type, or of a method's with the given receiver; a pool of frames; and
// the offsets of the values in it. The frame type only serves to allocate, clear and call.
func funcLayout(t *funcType, rcvr *abi.Type) (frametype *abi.Type, framePool *sync.Pool, abid abiDesc) {
	if t.Kind() != abi.Func {
		panic("reflect: funcLayout of non-func type " + stringFor(&t.Type))
	}
	if rcvr != nil && rcvr.Kind() == abi.Interface {
		panic("reflect: funcLayout with interface receiver " + stringFor(rcvr))
	}
	key := layoutKey{t, rcvr}
	entry, ok := layoutCache.Load(key)
	if !ok {
		desc := newAbiDesc(t, rcvr)
		frame := &frameType{ftyp: t, hasRcvr: rcvr != nil}
		frame.Align_ = goarch.PtrSize
		frame.Size_ = align(desc.retOffset+desc.ret.stackBytes, goarch.PtrSize)
		if desc.stackPtrs.n > 0 {
			frame.PtrBytes = uintptr(desc.stackPtrs.n) * goarch.PtrSize
			frame.GCData = &desc.stackPtrs.data[0]
		}
		pool := &sync.Pool{New: func() any { return unsafe_New(&frame.Type) }}
		entry, _ = layoutCache.LoadOrStore(key, layoutType{t: &frame.Type, framePool: pool, abid: desc})
	}
	layout := entry.(layoutType)
	return layout.t, layout.framePool, layout.abid
}

// makeFuncCtxt is the closure object of a function made at run time.
type makeFuncCtxt struct {
	fn      uintptr              // nativeStub()
	handler func(unsafe.Pointer) // gets the runtime's register image
}

// moveMakeFuncArgPtrs has nothing to do without argument registers.
func moveMakeFuncArgPtrs(ctxt *makeFuncCtxt, args *abi.RegArgs) {}

// MakeFunc returns a new function of the given type that wraps fn. When called, it passes its arguments to fn as a
// slice, a variadic one as a single slice value, and returns the values that fn returns as its results.
func MakeFunc(typ Type, fn func(args []Value) (results []Value)) Value {
	t := typ.common()
	if t.Kind() != abi.Func {
		panic("reflect: call of MakeFunc with non-Func type")
	}
	ftyp := (*funcType)(unsafe.Pointer(t))
	impl := &makeFuncImpl{ftyp: ftyp, fn: fn}
	impl.makeFuncCtxt = makeFuncCtxt{fn: nativeStub(), handler: func(regs unsafe.Pointer) {
		throughFrame(ftyp, regs, func(frame unsafe.Pointer, retValid *bool, args *abi.RegArgs) {
			callReflect(impl, frame, retValid, args)
		})
	}}
	return Value{t, unsafe.Pointer(impl), flag(Func)}
}

// makeMethodValue turns a method Value, receiver and method index, into an ordinary func value. Used when the function
// itself is needed: Interface, conversions, assignment.
func makeMethodValue(op string, v Value) Value {
	if v.flag&flagMethod == 0 {
		panic("reflect: internal error: invalid use of makeMethodValue")
	}
	rcvr := Value{v.typ(), v.ptr, v.flag&(flagRO|flagAddr|flagIndir) | flag(v.typ().Kind())}
	ftyp := (*funcType)(unsafe.Pointer(v.Type().(*rtype)))
	impl := &methodValue{method: int(v.flag) >> flagMethodShift, rcvr: rcvr}
	impl.makeFuncCtxt = makeFuncCtxt{fn: methodValueCallCodePtr(), handler: func(regs unsafe.Pointer) {
		throughFrame(ftyp, regs, func(frame unsafe.Pointer, retValid *bool, args *abi.RegArgs) {
			callMethod(impl, frame, retValid, args)
		})
	}}
	// Panics now, not in the call, if the receiver is nil or the method unexported.
	methodReceiver(op, impl.rcvr, impl.method)
	return Value{ftyp.Common(), unsafe.Pointer(impl), v.flag&flagRO | flag(Func)}
}

// methodValueCallCodePtr returns the code address that all method values share.
func methodValueCallCodePtr() uintptr { return nativeStub() }

// throughFrame serves one call of a function made at run time: arguments to a frame, call, results from the frame.
//
//rgo:new
func throughFrame(ftyp *funcType, regs unsafe.Pointer, call func(unsafe.Pointer, *bool, *abi.RegArgs)) {
	frametype, _, abid := funcLayout(ftyp, nil)
	frame := unsafe_New(frametype)
	loadArgs(ftyp, regs, frame)
	var retValid bool
	var args abi.RegArgs
	call(frame, &retValid, &args)
	storeResults(ftyp, regs, frame, abid.retOffset)
}

// Implemented in package runtime.

//rgo:new
func nativeStub() uintptr

//rgo:new
func loadArgs(ft *funcType, regs, frame unsafe.Pointer)

//rgo:new
func storeResults(ft *funcType, regs, frame unsafe.Pointer, retOffset uintptr)
