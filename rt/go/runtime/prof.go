package runtime

// Profiling API. rt records; this file makes the records that runtime/pprof and programs read.

import (
	"internal/abi"
	"internal/profilerecord"
	"unsafe"
)

// A StackRecord holds the program counters of a stack, ended by a 0 if it is shorter than the array.
type StackRecord struct {
	Stack0 [32]uintptr
}

// Stack returns the recorded program counters.
func (r *StackRecord) Stack() []uintptr {
	for i, pc := range r.Stack0 {
		if pc == 0 {
			return r.Stack0[:i]
		}
	}
	return r.Stack0[:]
}

// A MemProfileRecord describes the live objects allocated by one call stack.
type MemProfileRecord struct {
	AllocBytes, FreeBytes     int64
	AllocObjects, FreeObjects int64
	Stack0                    [32]uintptr
}

// InUseBytes returns the bytes that are allocated and not freed.
func (r *MemProfileRecord) InUseBytes() int64 { return r.AllocBytes - r.FreeBytes }

// InUseObjects returns the number of objects that are allocated and not freed.
func (r *MemProfileRecord) InUseObjects() int64 { return r.AllocObjects - r.FreeObjects }

// Stack returns the call stack of the record.
func (r *MemProfileRecord) Stack() []uintptr { return (&StackRecord{r.Stack0}).Stack() }

// A BlockProfileRecord describes the waiting that originated at one call stack.
type BlockProfileRecord struct {
	Count  int64
	Cycles int64
	StackRecord
}

// MemProfile returns the number of records of the memory profile, and stores them in p if they fit. Records without
// objects in use are left out unless inuseZero is set.
func MemProfile(p []MemProfileRecord, inuseZero bool) (n int, ok bool) {
	n = forEachMemRecord(inuseZero, func(i int, r profilerecord.MemProfileRecord) {
		if i < len(p) {
			p[i] = MemProfileRecord{
				AllocBytes: r.AllocObjects * r.ObjectSize, FreeBytes: r.FreeObjects * r.ObjectSize,
				AllocObjects: r.AllocObjects, FreeObjects: r.FreeObjects,
			}
			expandInlined(p[i].Stack0[:], r.Stack)
		}
	})
	return n, n <= len(p)
}

// expandInlined copies the program counters of a recorded stack, which mean all calls inlined there, to dst: one for each call, as
// Callers stores them.
func expandInlined(dst, src []uintptr) {
	n := 0
	for _, pc := range src {
		entry := findfunc(pc)
		at := pc
		if at > entry {
			at--
		}
		calls := 1
		if pc>>inlineShift == 0 {
			for info := (pcInfo{}); pcInfoOf(at, calls-1, &info) && info.inlined; {
				calls++
			}
		}
		for depth := range calls {
			if n == len(dst) {
				return
			}
			dst[n] = pc
			if calls > 1 {
				dst[n] |= uintptr(depth+1) << inlineShift
			}
			n++
		}
	}
}

// BlockProfile is MemProfile for waiting on synchronisation.
func BlockProfile(p []BlockProfileRecord) (n int, ok bool) { return waitingProfile(kindBlock, p) }

// MutexProfile is MemProfile for contended mutexes.
func MutexProfile(p []BlockProfileRecord) (n int, ok bool) { return waitingProfile(kindMutex, p) }

func waitingProfile(kind int, p []BlockProfileRecord) (n int, ok bool) {
	n = forEachRecord(kind, func(i int, r []uintptr) bool {
		if i < len(p) {
			b := waitingRecord(r)
			p[i] = BlockProfileRecord{Count: b.Count, Cycles: b.Cycles}
			expandInlined(p[i].Stack0[:], b.Stack)
		}
		return true
	})
	return n, n <= len(p)
}

// ThreadCreateProfile is MemProfile for the creation of threads.
func ThreadCreateProfile(p []StackRecord) (n int, ok bool) {
	n = forEachThread(func(i int, stack []uintptr) {
		if i < len(p) {
			p[i] = StackRecord{}
			copy(p[i].Stack0[:], stack)
		}
	})
	return n, n <= len(p)
}

// Kinds of records that rt keeps, as it numbers them.
const (
	kindMemory = iota
	kindBlock
	kindMutex
	kindThread
)

// profileRecords writes, for each record of a kind, two counters, an object size, the number of program counters and the
// program counters, and returns the words needed. Rust.
func profileRecords(kind int, buf *uintptr, n int) int

// forEachRecord calls f with the records of a kind, counting those for which it returns true; i is their number so far.
func forEachRecord(kind int, f func(i int, r []uintptr) bool) int {
	var buf []uintptr
	for {
		needed := profileRecords(kind, unsafe.SliceData(buf), len(buf))
		if needed <= len(buf) {
			buf = buf[:needed]
			break
		}
		buf = make([]uintptr, needed+needed/4)
	}
	i := 0
	for len(buf) > 0 {
		n := 4 + buf[3]
		if f(i, buf[:n]) {
			i++
		}
		buf = buf[n:]
	}
	return i
}

func forEachMemRecord(inuseZero bool, f func(i int, r profilerecord.MemProfileRecord)) int {
	return forEachRecord(kindMemory, func(i int, r []uintptr) bool {
		if !inuseZero && r[0] == r[1] {
			return false
		}
		f(i, profilerecord.MemProfileRecord{
			ObjectSize: int64(r[2]), AllocObjects: int64(r[0]), FreeObjects: int64(r[1]), Stack: r[4:],
		})
		return true
	})
}

// waitingRecord decodes a record of the block or mutex profile; events are counted as a float64.
func waitingRecord(r []uintptr) profilerecord.BlockProfileRecord {
	events := uint64(r[0])
	return profilerecord.BlockProfileRecord{
		Count: int64(*(*float64)(unsafe.Pointer(&events))), Cycles: int64(r[1]), Stack: r[4:],
	}
}

func forEachThread(f func(i int, stack []uintptr)) int {
	n := 0
	forEachRecord(kindThread, func(_ int, r []uintptr) bool {
		for range r[0] {
			f(n, r[4:])
			n++
		}
		return true
	})
	return n
}

// GoroutineProfile is MemProfile for the stacks of all goroutines.
func GoroutineProfile(p []StackRecord) (n int, ok bool) {
	n = forEachStack(false, nil, func(i int, pcs []uintptr) {
		if i < len(p) {
			p[i] = StackRecord{}
			expandInlined(p[i].Stack0[:], pcs)
		}
	})
	return n, n <= len(p)
}

// goroutineStacks writes count and program counters of every goroutine (of the leaked ones only), and the labels of as
// many as fit; it returns the words needed, and the number of goroutines. Rust.
func goroutineStacks(buf *uintptr, n int, labels *unsafe.Pointer, nlabels int, leaked bool) (words, goroutines int)

// forEachStack calls f for every goroutine (or leaked one), the caller first, stores their labels, and returns their number.
func forEachStack(leaked bool, labels []unsafe.Pointer, f func(i int, pcs []uintptr)) int {
	var buf []uintptr
	for {
		needed, _ := goroutineStacks(unsafe.SliceData(buf), len(buf), unsafe.SliceData(labels), len(labels), leaked)
		if needed <= len(buf) {
			buf = buf[:needed]
			break
		}
		buf = make([]uintptr, needed+needed/4)
	}
	i := 0
	for ; len(buf) > 0; i++ {
		n := buf[0]
		f(i, buf[1:1+n])
		buf = buf[1+n:]
	}
	return i
}

// SetBlockProfileRate sets the average nanoseconds of waiting per sampled event; 1 samples all, 0 none.
func SetBlockProfileRate(rate int) { setBlockProfileRate(rate) }

// SetMutexProfileFraction sets that one of rate contention events is sampled, and returns the previous rate. A negative
// rate only asks.
func SetMutexProfileFraction(rate int) int { return setMutexProfileFraction(rate) }

// Rust entries. memProfileRateIs tells where MemProfileRate is. setCPUProfile starts (hz > 0) or stops the CPU profiler, given
// the functions to which time outside compiled code is counted; it returns false if it was running already.
// readCPUProfile moves samples to the buffers and returns how much of each it has used.

func setBlockProfileRate(rate int)
func setMutexProfileFraction(rate int) int
func memProfileRateIs(rate *int)
func setCPUProfile(hz int, system, collector uintptr) bool
func readCPUProfile(data *uint64, n int, tags *uintptr, ntags int) (words, used int)

// cpuProfile is the state of the CPU profiler.
var cpuProfile struct {
	lock   mutex
	on     bool
	hz     int
	header bool // has been delivered
}

// SetCPUProfileRate sets the number of samples per second of CPU time of the CPU profiler; 0 or less stops it. The rate
// of a profile in progress cannot change.
func SetCPUProfileRate(hz int) {
	hz = min(max(hz, 0), 1000000)
	p := &cpuProfile
	lock(&p.lock)
	switch {
	case hz == 0:
		p.on = false
		setCPUProfile(0, 0, 0)
	case p.on:
		print("runtime: cannot set cpu profile rate until previous profile has finished.\n")
	default:
		p.on, p.hz, p.header = true, hz, false
		setCPUProfile(hz, abi.FuncPCABIInternal(_System), abi.FuncPCABIInternal(_GC))
	}
	unlock(&p.lock)
}

// Functions that stand for the time spent in the runtime and in the collector. They are never called.

//go:noinline
func _System() { _System() }

//go:noinline
func _GC() { _GC() }

// CPUProfile is what remains of an old interface.
//
// Deprecated: use runtime/pprof.
func CPUProfile() []byte { panic("CPUProfile no longer available") }

// pprof_readProfile delivers the next part of the CPU profile, waiting for it; at the end eof is true.
//
//go:linkname pprof_readProfile runtime/pprof.readProfile
func pprof_readProfile() (data []uint64, tags []unsafe.Pointer, eof bool) {
	const pause = 100e6
	p := &cpuProfile
	lock(&p.lock)
	on, first := p.on, !p.header
	p.header = true
	unlock(&p.lock)
	if first {
		return []uint64{3, 0, uint64(p.hz)}, []unsafe.Pointer{nil}, false
	}
	if on {
		timeSleep(pause)
	}
	data = make([]uint64, 1<<14)
	numbers := make([]uintptr, 1<<11)
	words, n := readCPUProfile(&data[0], len(data), &numbers[0], len(numbers))
	tags = make([]unsafe.Pointer, n)
	for i, tag := range numbers[:n] {
		// The labels are alive: rt keeps the samples read last.
		tags[i] = *(*unsafe.Pointer)(unsafe.Pointer(&tag))
	}
	return data[:words], tags, !on && words == 0
}

// timeSleep is time.Sleep. Rust.
//
//go:linkname timeSleep time.Sleep
func timeSleep(ns int64)

//go:linkname pprof_goroutineProfileWithLabels
func pprof_goroutineProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	return stackRecords(false, p, labels)
}

func stackRecords(leaked bool, p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	n = forEachStack(leaked, labels, func(i int, pcs []uintptr) {
		if i < len(p) {
			p[i].Stack = append([]uintptr(nil), pcs...)
		}
	})
	return n, n <= len(p)
}

//go:linkname pprof_goroutineLeakProfileWithLabels
func pprof_goroutineLeakProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	return stackRecords(true, p, labels)
}

//go:linkname pprof_memProfileInternal
func pprof_memProfileInternal(p []profilerecord.MemProfileRecord, inuseZero bool) (n int, ok bool) {
	n = forEachMemRecord(inuseZero, func(i int, r profilerecord.MemProfileRecord) {
		if i < len(p) {
			p[i] = r
		}
	})
	return n, n <= len(p)
}

//go:linkname pprof_blockProfileInternal
func pprof_blockProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return waitingRecords(kindBlock, p)
}

//go:linkname pprof_mutexProfileInternal
func pprof_mutexProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return waitingRecords(kindMutex, p)
}

func waitingRecords(kind int, p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	n = forEachRecord(kind, func(i int, r []uintptr) bool {
		if i < len(p) {
			p[i] = waitingRecord(r)
		}
		return true
	})
	return n, n <= len(p)
}

//go:linkname pprof_threadCreateInternal
func pprof_threadCreateInternal(p []profilerecord.StackRecord) (n int, ok bool) {
	n = forEachThread(func(i int, stack []uintptr) {
		if i < len(p) {
			p[i].Stack = stack
		}
	})
	return n, n <= len(p)
}

//go:linkname pprof_fpunwindExpand
func pprof_fpunwindExpand(dst, src []uintptr) int { return copy(dst, src) }

//go:linkname pprof_makeProfStack
func pprof_makeProfStack() []uintptr { return make([]uintptr, 128) }

// pprof_cyclesPerSecond is the unit of BlockProfileRecord.Cycles.
//
//go:linkname pprof_cyclesPerSecond runtime/pprof.runtime_cyclesPerSecond
func pprof_cyclesPerSecond() int64 { return 1e9 }

//go:linkname pprof_setProfLabel runtime/pprof.runtime_setProfLabel
func pprof_setProfLabel(labels unsafe.Pointer) { getg().labels = labels }

//go:linkname pprof_getProfLabel runtime/pprof.runtime_getProfLabel
func pprof_getProfLabel() unsafe.Pointer { return getg().labels }

//go:linkname traceClockNow
func traceClockNow() uint64 { return uint64(nanotime()) }

//go:linkname traceClockUnitsPerSecond runtime/trace.runtime_traceClockUnitsPerSecond
func traceClockUnitsPerSecond() uint64 { return 1e9 }
