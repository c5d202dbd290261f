package runtime

// Profiling API. The goroutine profile is a snapshot made by rt. No other profile is collected yet: they are empty, which
// is what programs that merely register their handlers see anyway. Tracing reports an error.

import (
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

// MemProfile returns the number of records of the memory profile, and stores them in p if they fit.
func MemProfile(p []MemProfileRecord, inuseZero bool) (n int, ok bool) { return 0, true }

// BlockProfile is MemProfile for waiting on synchronisation.
func BlockProfile(p []BlockProfileRecord) (n int, ok bool) { return 0, true }

// MutexProfile is MemProfile for contended mutexes.
func MutexProfile(p []BlockProfileRecord) (n int, ok bool) { return 0, true }

// ThreadCreateProfile is MemProfile for the creation of threads.
func ThreadCreateProfile(p []StackRecord) (n int, ok bool) { return 0, true }

// GoroutineProfile is MemProfile for the stacks of all goroutines.
func GoroutineProfile(p []StackRecord) (n int, ok bool) {
	n = forEachStack(func(i int, labels uintptr, pcs []uintptr) {
		if i < len(p) {
			p[i] = StackRecord{}
			copy(p[i].Stack0[:], pcs)
		}
	})
	return n, n <= len(p)
}

// goroutineStacks writes labels, count and program counters of every goroutine and returns the words needed. Rust.
func goroutineStacks(buf *uintptr, n int) int

// forEachStack calls f for every goroutine, the caller first, and returns their number.
func forEachStack(f func(i int, labels uintptr, pcs []uintptr)) int {
	var buf []uintptr
	for {
		needed := goroutineStacks(unsafe.SliceData(buf), len(buf))
		if needed <= len(buf) {
			buf = buf[:needed]
			break
		}
		buf = make([]uintptr, needed+needed/4)
	}
	i := 0
	for ; len(buf) > 0; i++ {
		n := buf[1]
		f(i, buf[0], buf[2:2+n])
		buf = buf[2+n:]
	}
	return i
}

// SetBlockProfileRate sets the average nanoseconds of waiting per sampled event.
func SetBlockProfileRate(rate int) {}

// SetMutexProfileFraction sets that one of rate contention events is sampled, and returns the previous rate. A negative
// rate only asks.
func SetMutexProfileFraction(rate int) int { return 0 }

// SetCPUProfileRate sets the number of samples per second of the CPU profiler.
func SetCPUProfileRate(hz int) {
	if hz > 0 {
		cpuProfileHz = uint64(hz)
	}
}

var cpuProfileHz uint64 = 100

// CPUProfile is what remains of an old interface.
//
// Deprecated: use runtime/pprof.
func CPUProfile() []byte { panic("CPUProfile no longer available") }

// pprof_readProfile delivers the header of a profile without samples.
//
//go:linkname pprof_readProfile runtime/pprof.readProfile
func pprof_readProfile() (data []uint64, tags []unsafe.Pointer, eof bool) {
	return []uint64{3, 0, cpuProfileHz}, []unsafe.Pointer{nil}, true
}

//go:linkname pprof_goroutineProfileWithLabels
func pprof_goroutineProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	n = forEachStack(func(i int, label uintptr, pcs []uintptr) {
		if i < len(p) {
			p[i].Stack = append([]uintptr(nil), pcs...)
		}
		if i < len(labels) {
			// Those of other goroutines may be dead by now: buf does not keep them.
			labels[i] = nil
			if i == 0 {
				labels[i] = getg().labels
			}
		}
	})
	return n, n <= len(p)
}

//go:linkname pprof_goroutineLeakProfileWithLabels
func pprof_goroutineLeakProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	return 0, true
}

//go:linkname pprof_memProfileInternal
func pprof_memProfileInternal(p []profilerecord.MemProfileRecord, inuseZero bool) (n int, ok bool) {
	return 0, true
}

//go:linkname pprof_blockProfileInternal
func pprof_blockProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return 0, true
}

//go:linkname pprof_mutexProfileInternal
func pprof_mutexProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return 0, true
}

//go:linkname pprof_threadCreateInternal
func pprof_threadCreateInternal(p []profilerecord.StackRecord) (n int, ok bool) { return 0, true }

//go:linkname pprof_fpunwindExpand
func pprof_fpunwindExpand(dst, src []uintptr) int { return copy(dst, src) }

//go:linkname pprof_makeProfStack
func pprof_makeProfStack() []uintptr { return make([]uintptr, 128) }

// pprof_cyclesPerSecond is the unit of BlockProfileRecord.Cycles.
//
//go:linkname pprof_cyclesPerSecond runtime/pprof.runtime_cyclesPerSecond
func pprof_cyclesPerSecond() int64 { return 1e9 }

//go:linkname pprof_goroutineleakcount runtime/pprof.runtime_goroutineleakcount
func pprof_goroutineleakcount() int { return 0 }

//go:linkname pprof_goroutineLeakGC runtime/pprof.runtime_goroutineLeakGC
func pprof_goroutineLeakGC() { GC() }

//go:linkname pprof_setProfLabel runtime/pprof.runtime_setProfLabel
func pprof_setProfLabel(labels unsafe.Pointer) { getg().labels = labels }

//go:linkname pprof_getProfLabel runtime/pprof.runtime_getProfLabel
func pprof_getProfLabel() unsafe.Pointer { return getg().labels }

// StartTrace would begin an execution trace.
func StartTrace() error { return plainError("execution tracing is not supported") }

// StopTrace would end it.
func StopTrace() {}

// ReadTrace would return the next part of it; nil means that tracing is off and everything has been read.
func ReadTrace() []byte { return nil }

//go:linkname trace_userTaskCreate runtime/trace.userTaskCreate
func trace_userTaskCreate(id, parentID uint64, taskType string) {}

//go:linkname trace_userTaskEnd runtime/trace.userTaskEnd
func trace_userTaskEnd(id uint64) {}

//go:linkname trace_userRegion runtime/trace.userRegion
func trace_userRegion(id, mode uint64, name string) {}

//go:linkname trace_userLog runtime/trace.userLog
func trace_userLog(id uint64, category, message string) {}

//go:linkname traceAdvance
func traceAdvance(stopTrace bool) {}

//go:linkname traceClockNow
func traceClockNow() uint64 { return uint64(nanotime()) }

//go:linkname traceClockUnitsPerSecond runtime/trace.runtime_traceClockUnitsPerSecond
func traceClockUnitsPerSecond() uint64 { return 1e9 }
