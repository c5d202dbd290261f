// What the tests of package runtime ask of its internals, as far as rgo's runtime has it too. It stands in for GOROOT's export_test.go
// and its companions; tests that need more are left out (tests/conformance/README.md).

package runtime

import (
	"internal/abi"
	"internal/goarch"
	"internal/runtime/maps"
	"unsafe"
)

const (
	PtrSize     = goarch.PtrSize
	Raceenabled = false
)

// What a traceback of many frames shows of them (rt/src/traceback/print.rs).
const (
	TracebackInnerFrames = 50
	TracebackOuterFrames = 50
)

// Stopping a thread by a signal.
const PreemptMSupported = true

// Hashing and equality.

var (
	StringHash = func(s string, seed uintptr) uintptr { return strhash(unsafe.Pointer(&s), seed) }
	BytesHash  = func(b []byte, seed uintptr) uintptr {
		return memhash(unsafe.Pointer(unsafe.SliceData(b)), seed, uintptr(len(b)))
	}
	Int32Hash  = func(i uint32, seed uintptr) uintptr { return memhash32(unsafe.Pointer(&i), seed) }
	Int64Hash  = func(i uint64, seed uintptr) uintptr { return memhash64(unsafe.Pointer(&i), seed) }
	EfaceHash  = func(i any, seed uintptr) uintptr { return nilinterhash(unsafe.Pointer(&i), seed) }
	IfaceHash  = func(i interface{ F() }, seed uintptr) uintptr { return interhash(unsafe.Pointer(&i), seed) }
	MemHash    = memhash
	MemHash32  = memhash32
	MemHash64  = memhash64
	UseAeshash = &maps.UseAeshash
)

// Memory.

func Memmove(to, from unsafe.Pointer, n uintptr) { memmove(to, from, n) }

func MemclrNoHeapPointers(p unsafe.Pointer, n uintptr) { memclrNoHeapPointers(p, n) }

func MemclrBytes(b []byte) {
	memclrNoHeapPointers(unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b)))
}

func MallocGC(size uintptr, typ *abi.Type, needzero bool) unsafe.Pointer {
	return mallocgc(size, typ, needzero)
}

// PointerMask says of the words from *x to the end of its object which hold pointers.
func PointerMask(x any) []byte { return reflect_gcbits(x) }

var (
	neverTrue  bool
	escapeSink any
)

// Escape returns x, which then is on the heap.
func Escape[T any](x T) T {
	if neverTrue {
		escapeSink = x
	}
	return x
}

func BlockUntilEmptyFinalizerQueue(timeout int64) bool { return blockUntilEmptyFinalizerQueue(timeout) }

func BlockUntilEmptyCleanupQueue(timeout int64) bool { return blockUntilEmptyFinalizerQueue(timeout) }

// Goroutines.

func Goid() uint64 { return goid() }

func Nanotime() int64 { return nanotime() }

func Acquirem() { procPin() }

func Releasem() { procUnpin() }

func Entersyscall() { entersyscall() }

func Exitsyscall() { exitsyscall() }

// Functions.

func FrameStartLine(f *Frame) int { return f.startLine }

// Errors of the program in package runtime.

func PanicForTesting(b []byte, i int) byte { return unexportedPanicForTesting(b, i) }

//go:noinline
func unexportedPanicForTesting(b []byte, i int) byte { return b[i] }
