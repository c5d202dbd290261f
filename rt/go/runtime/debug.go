package runtime

// Services of runtime/debug and runtime/metrics.

import (
	"unsafe"
)

//go:linkname debug_modinfo runtime/debug.modinfo
func debug_modinfo() string { return modinfo }

func setTracebackLevel(level int) int

// Levels of GOTRACEBACK, as rt numbers them.
const (
	tracebackNone = iota
	tracebackSingle
	tracebackAll
	tracebackSystem
	tracebackCrash
)

//go:linkname debug_SetTraceback runtime/debug.SetTraceback
func debug_SetTraceback(level string) {
	switch level {
	case "none":
		setTracebackLevel(tracebackNone)
	case "single", "":
		setTracebackLevel(tracebackSingle)
	case "system":
		setTracebackLevel(tracebackSystem)
	case "crash", "wer":
		setTracebackLevel(tracebackCrash)
	default:
		n, ok := parseUint(level)
		switch {
		case !ok || n >= 2: // all, and what is not understood
			setTracebackLevel(tracebackAll)
		default:
			setTracebackLevel(int(n))
		}
	}
}

//go:linkname debug_setCrashFD runtime/debug.runtime_setCrashFD
func debug_setCrashFD(fd uintptr) uintptr

// setCrashFD makes rt write fatal reports to a second file and returns the previous one, or ^0.
func setCrashFD(fd uintptr) uintptr { return debug_setCrashFD(fd) }

//go:linkname debug_setPanicOnFault runtime/debug.setPanicOnFault
func debug_setPanicOnFault(enabled bool) bool {
	f := &getg().flags
	old := f.panicOnFault
	f.panicOnFault = enabled
	return old
}

//go:linkname debug_WriteHeapDump runtime/debug.WriteHeapDump
func debug_WriteHeapDump(fd uintptr) {
	panic(plainError("runtime/debug.WriteHeapDump is not supported"))
}

// debug_readGCStats delivers pause durations, the most recent first, then when they ended, then the time of the last
// collection, their number, and the total pause.
//
//go:linkname debug_readGCStats runtime/debug.readGCStats
func debug_readGCStats(pauses *[]uint64) {
	var m MemStats
	readMemStats(&m)
	n := min(int(m.NumGC), len(m.PauseNs))
	p := (*pauses)[:n+n+3]
	for i := 0; i < n; i++ {
		j := (m.NumGC - 1 - uint32(i)) % uint32(len(m.PauseNs))
		p[i] = m.PauseNs[j]
		p[n+i] = m.PauseEnd[j]
	}
	p[n+n] = m.LastGC
	p[n+n+1] = uint64(m.NumGC)
	p[n+n+2] = m.PauseTotalNs
	*pauses = p
}

// Metrics. A sample is runtime/metrics.Sample; kinds are those of runtime/metrics.Value.

type metricSample struct {
	name  string
	value metricValue
}

type metricValue struct {
	kind    int
	scalar  uint64
	pointer unsafe.Pointer
}

const (
	metricBad = iota
	metricUint64
	metricFloat64
)

var godebugMetrics struct {
	lock mutex
	read map[string]func() uint64
}

//go:linkname godebug_registerMetric internal/godebug.registerMetric
func godebug_registerMetric(name string, read func() uint64) {
	lock(&godebugMetrics.lock)
	if godebugMetrics.read == nil {
		godebugMetrics.read = make(map[string]func() uint64)
	}
	godebugMetrics.read[name] = read
	unlock(&godebugMetrics.lock)
}

//go:linkname readMetrics runtime/metrics.runtime_readMetrics
func readMetrics(samples unsafe.Pointer, n, capacity int) {
	var m MemStats
	readMemStats(&m)
	for i := range unsafe.Slice((*metricSample)(samples), n) {
		s := (*metricSample)(add(samples, uintptr(i)*unsafe.Sizeof(metricSample{})))
		s.value = metricValue{kind: metricBad}
		if v, ok := readMetric(s.name, &m); ok {
			s.value = metricValue{kind: metricUint64, scalar: v}
		}
	}
}

// readMetric returns the value of a metric that is a number. Names that are not listed are not supported.
func readMetric(name string, m *MemStats) (uint64, bool) {
	switch name {
	case "/gc/cycles/total:gc-cycles":
		return uint64(m.NumGC), true
	case "/gc/cycles/forced:gc-cycles":
		return uint64(m.NumForcedGC), true
	case "/gc/cycles/automatic:gc-cycles":
		return uint64(m.NumGC - m.NumForcedGC), true
	case "/gc/heap/allocs:bytes":
		return m.TotalAlloc, true
	case "/gc/heap/allocs:objects":
		return m.Mallocs, true
	case "/gc/heap/frees:bytes":
		return m.TotalAlloc - m.Alloc, true
	case "/gc/heap/frees:objects":
		return m.Frees, true
	case "/gc/heap/goal:bytes":
		return m.NextGC, true
	case "/gc/heap/live:bytes", "/memory/classes/heap/objects:bytes":
		return m.HeapAlloc, true
	case "/gc/heap/objects:objects":
		return m.HeapObjects, true
	case "/memory/classes/heap/free:bytes":
		return m.HeapIdle - m.HeapReleased, true
	case "/memory/classes/heap/released:bytes":
		return m.HeapReleased, true
	case "/memory/classes/heap/stacks:bytes":
		return m.StackInuse, true
	case "/memory/classes/heap/unused:bytes":
		return m.HeapInuse - m.HeapAlloc, true
	case "/memory/classes/metadata/mcache/inuse:bytes":
		return m.MCacheInuse, true
	case "/memory/classes/metadata/mspan/inuse:bytes":
		return m.MSpanInuse, true
	case "/memory/classes/metadata/other:bytes":
		return m.GCSys, true
	case "/memory/classes/other:bytes":
		return m.OtherSys, true
	case "/memory/classes/total:bytes":
		return m.Sys, true
	case "/sched/gomaxprocs:threads":
		return uint64(gomaxprocs(0)), true
	case "/sched/goroutines:goroutines":
		return uint64(NumGoroutine()), true
	case "/cgo/go-to-c-calls:calls":
		return 0, true
	}
	lock(&godebugMetrics.lock)
	read := godebugMetrics.read[name]
	unlock(&godebugMetrics.lock)
	if read != nil {
		return read(), true
	}
	return 0, false
}
