// What the tests of package runtime ask of its internals, as far as rgo's runtime has it too. It stands in for GOROOT's export_test.go
// and its companions; tests that need more are left out (tests/conformance/README.md).

package runtime

import (
	"internal/abi"
	"internal/cpu"
	"internal/goarch"
	"internal/runtime/maps"
	"internal/runtime/syscall/linux"
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

// HashLoad is how full a map's table is before it grows: seven of the eight slots of each group.
const HashLoad = float32(abi.MapGroupSlots-1) / abi.MapGroupSlots

var X86HasAVX = &cpu.X86.HasAVX

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

// ForceGCPeriod is how long the program may go without a collection, in nanoseconds (rt/src/gc/periodic.rs).
var ForceGCPeriod = &gcPeriod

//go:linkname gcPeriod runtime.forcegcperiod
var gcPeriod int64

func GetPinnerLeakPanic() func() { return pinnerLeakPanic }

func SetPinnerLeakPanic(f func()) { pinnerLeakPanic = f }

// Goroutines.

func Goid() uint64 { return goid() }

func Nanotime() int64 { return nanotime() }

func Acquirem() { procPin() }

func Releasem() { procUnpin() }

func Entersyscall() { entersyscall() }

func Exitsyscall() { exitsyscall() }

// RunGetgThreadSwitchTest makes sure that a goroutine that moves to another thread still knows itself.
func RunGetgThreadSwitchTest() {
	c := make(chan int)
	go func() {
		c <- 5
		LockOSThread() // the receiver cannot go on here
	}()
	before := getg()
	<-c
	if getg() != before {
		panic("another goroutine after a receive")
	}
	if getg() != before {
		panic("another goroutine after a branch")
	}
}

// Functions.

// Stacks are walked by frame pointers everywhere.
const FramePointerEnabled = true

//go:noinline
func FPCallers(pcs []uintptr) int { return callers(0, unsafe.SliceData(pcs), len(pcs)) }

func FrameStartLine(f *Frame) int { return f.startLine }

// Errors of the program in package runtime.

func PanicForTesting(b []byte, i int) byte { return unexportedPanicForTesting(b, i) }

//go:noinline
func unexportedPanicForTesting(b []byte, i int) byte { return b[i] }

// SetTracebackEnv is debug.SetTraceback. That lowers no level which GOTRACEBACK has set, and there is no way to raise that one later.
func SetTracebackEnv(level string) { setTraceback(level) }

//go:linkname setTraceback runtime/debug.SetTraceback
func setTraceback(level string)

// Times in metrics.

const (
	TimeHistSubBucketBits = 2
	TimeHistNumSubBuckets = timeParts
	TimeHistNumBuckets    = timeBuckets
)

func TimeHistogramMetricsBuckets() []float64 { return new(metricsReader).times(histLatencies, nil).buckets }

// Printing.

const (
	Float64Bytes    = float64Bytes
	Float32Bytes    = float32Bytes
	Complex128Bytes = complex128Bytes
	Complex64Bytes  = complex64Bytes
)

func DumpPrint[T any](v T) string { return printed(func() { print(v) }) }

func DumpPrintQuoted(s string) string { return printed(func() { print(quoted(s)) }) }

// Numbers of system calls that internal/runtime/syscall/linux has no name for: amd64's.
const (
	sysRtSigprocmask = 14
	sysDup3          = 292
	sysMemfdCreate   = 319
)

// printed returns what f prints: a file in memory takes the place of standard error meanwhile.
func printed(f func()) string {
	const stderr, closeOnExec, dupCloseOnExec = 2, 1, 1030
	name := [...]byte{'p', 0}
	file := systemCall(sysMemfdCreate, uintptr(unsafe.Pointer(&name)), closeOnExec, 0, 0)
	saved := systemCall(linux.SYS_FCNTL, stderr, dupCloseOnExec, 0, 0)
	systemCall(sysDup3, file, stderr, 0, 0)
	f()
	systemCall(sysDup3, saved, stderr, 0, 0)
	systemCall(linux.SYS_CLOSE, saved, 0, 0, 0)
	text := make([]byte, 1<<16)
	n := systemCall(linux.SYS_PREAD64, file, uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)), 0)
	systemCall(linux.SYS_CLOSE, file, 0, 0, 0)
	return string(text[:n])
}

func systemCall(number, a, b, c, d uintptr) uintptr {
	r, _, errno := linux.Syscall6(number, a, b, c, d, 0, 0)
	if errno != 0 {
		throw("a system call fails")
	}
	return r
}

// Signals.

// Sigisblocked asks the kernel whether the calling thread keeps signal i waiting.
func Sigisblocked(i int) bool {
	var mask uint64
	systemCall(sysRtSigprocmask, 0, 0, uintptr(unsafe.Pointer(&mask)), unsafe.Sizeof(mask))
	return mask>>(i-1)&1 != 0
}
