package runtime

// The bottom of the package: what Go code sees of the goroutine descriptor, memory primitives implemented in Rust, the
// package's lock, and the names that reused GOROOT files expect to find.

import (
	"internal/abi"
	"internal/runtime/atomic"
	"internal/runtime/sys"
	"unsafe"
)

// g mirrors the Go-visible part of rt's goroutine descriptor (rgo_abi::g). rt allocates and owns it.
type g struct {
	stackGuard uintptr        // lowest frame pointer of a checked function
	ctxt       unsafe.Pointer // closure of the indirect call in progress
	m          uintptr        // *M, never dereferenced here
	panicArg0  uintptr        // operands of a cold panic
	panicArg1  uintptr
	deferFrame *deferFrame // innermost frame with a defer statement
	panic      *_panic     // innermost panic in progress
	panicCode  uintptr     // code of a panic raised by rt, or signal number
	sigAddr    uintptr     // faulting address
	sigPC      uintptr     // faulting instruction
	goid       uint64
	labels     unsafe.Pointer // runtime/pprof labels
	flags      goFlags
	bubble     unsafe.Pointer           // of testing/synctest, or nil
	stack      struct{ lo, hi uintptr } // not there; slice.go names it in code that is never compiled
}

// goFlags is the flags word of g, owned by this package.
type goFlags struct {
	fipsIndicator uint8
	fipsBypass    bool
	ditWanted     bool
	panicOnFault  bool
	_             [4]byte
}

// Rust entries. The table rgo_abi::entries has their effects.

func getg() *g

func mallocgc(size uintptr, typ *_type, needzero bool) unsafe.Pointer
func newobject(typ *_type) unsafe.Pointer
func newarray(typ *_type, n int) unsafe.Pointer
func roundupsize(size uintptr, noscan bool) uintptr
func memmove(to, from unsafe.Pointer, n uintptr)
func memclrNoHeapPointers(ptr unsafe.Pointer, n uintptr)
func typedmemmove(typ *_type, dst, src unsafe.Pointer)
func typedmemclr(typ *_type, ptr unsafe.Pointer)
func typedslicecopy(typ *_type, dst unsafe.Pointer, dstLen int, src unsafe.Pointer, srcLen int) int
func bulkBarrierCopy(dst, src unsafe.Pointer, n uintptr)
func bulkBarrierClear(ptr unsafe.Pointer, n uintptr)

// getfp returns the frame pointer of its caller. An intrinsic, as is getg where the compiler knows the pinned register.
func getfp() uintptr

// memclrHasPointers zeroes n bytes of heap memory that may hold pointers.
func memclrHasPointers(ptr unsafe.Pointer, n uintptr) { bulkBarrierClear(ptr, n) }

// bulkBarrierPreWriteSrcOnly makes pointers known to the collector that are about to be copied from src to the new
// object dst. The functions of std's slice.go that do so are not preempted by signals in between (see rt's signal handler).
func bulkBarrierPreWriteSrcOnly(dst, src, n uintptr, typ *_type) {
	bulkShade(unsafe.Pointer(src), n)
}

func bulkShade(src unsafe.Pointer, n uintptr)

//go:linkname reflect_typedslicecopy reflect.typedslicecopy
func reflect_typedslicecopy(typ *_type, dst, src slice) int {
	if typ.Pointers() {
		return typedslicecopy(typ, dst.array, dst.len, src.array, src.len)
	}
	return slicecopy(dst.array, dst.len, src.array, src.len, typ.Size_)
}

//go:linkname reflect_verifyNotInHeapPtr reflect.verifyNotInHeapPtr
func reflect_verifyNotInHeapPtr(p uintptr) bool { return true }

// memequal is defined in Rust and used under this name by compiled code and internal/bytealg.
func memequal(p, q unsafe.Pointer, size uintptr) bool

// memequal_varlen compares objects whose size is in the second word of the closure object.
func memequal_varlen(p, q unsafe.Pointer) bool {
	ctxt := sys.GetClosurePtr()
	return memequal(p, q, *(*uintptr)(unsafe.Pointer(ctxt + unsafe.Sizeof(ctxt))))
}

// maxAlloc is the size of the address space that allocations must fit in.
const maxAlloc = (1 << 48) - (1-_64bit)*((1<<48)-(1<<32-1))

const _64bit = 1 << (^uintptr(0) >> 63) / 2

// zeroVal is what a map access of a missing key points to.
//
//go:linkname zeroVal
var zeroVal [abi.ZeroValSize]byte

// zerobase is the address of all objects of size zero.
var zerobase uintptr

//go:nosplit
func add(p unsafe.Pointer, x uintptr) unsafe.Pointer { return unsafe.Pointer(uintptr(p) + x) }

//go:nosplit
func addb(p *byte, n uintptr) *byte { return (*byte)(unsafe.Pointer(uintptr(unsafe.Pointer(p)) + n)) }

//go:nosplit
func noescape(p unsafe.Pointer) unsafe.Pointer {
	x := uintptr(p)
	return unsafe.Pointer(x ^ 0)
}

// writeBarrier.enabled makes std's slice.go call bulkBarrierPreWriteSrcOnly; rt knows whether the collector marks.
var writeBarrier = struct {
	enabled bool
}{true}

// atomicstorep is an atomic store of a pointer with the write barrier. Rust.
//
//go:linkname atomicstorep internal/runtime/atomic.storePointer
func atomicstorep(ptr *unsafe.Pointer, new unsafe.Pointer)

type notInHeap struct{ _ sys.NotInHeap }

// KeepAlive marks its argument as currently reachable. A direct call is an intrinsic; this body serves func values, whose call
// itself keeps the argument alive.
//
//go:noinline
func KeepAlive(x any) {}

// mutex is a lock for short critical sections of this package, which never allocate under it unless noted, and never
// park. A holder may be preempted, hence waiters yield.
type mutex struct {
	state uint32
}

func lock(l *mutex) {
	for !atomic.Cas(&l.state, 0, 1) {
		Gosched()
	}
}

func unlock(l *mutex) { atomic.Store(&l.state, 0) }

// Instrumentation of the reused files, off.

const (
	raceenabled = false
	msanenabled = false
	asanenabled = false
)

func racereadrangepc(addr unsafe.Pointer, sz, callerpc, pc uintptr)        {}
func racewriterangepc(addr unsafe.Pointer, sz, callerpc, pc uintptr)       {}
func racereadpc(addr unsafe.Pointer, callerpc, pc uintptr)                 {}
func racewritepc(addr unsafe.Pointer, callerpc, pc uintptr)                {}
func raceReadObjectPC(t *_type, addr unsafe.Pointer, callerpc, pc uintptr) {}
func msanread(addr unsafe.Pointer, sz uintptr)                             {}
func msanwrite(addr unsafe.Pointer, sz uintptr)                            {}
func asanread(addr unsafe.Pointer, sz uintptr)                             {}
func asanwrite(addr unsafe.Pointer, sz uintptr)                            {}
func panicCheck1(pc uintptr, msg string)                                   {}
func checkptrStraddles(ptr unsafe.Pointer, size uintptr) bool              { return false }
func freegc(ptr unsafe.Pointer, size uintptr, noscan bool) bool            { return false }
