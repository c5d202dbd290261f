package runtime

// runtime/metrics: what each name means. The counts are rt's.

import "unsafe"

// A metricSample is runtime/metrics.Sample; kinds are those of runtime/metrics.Value.
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
	metricHistogram
)

// metricFloat64Histogram is runtime/metrics.Float64Histogram.
type metricFloat64Histogram struct {
	counts  []uint64
	buckets []float64
}

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

// schedStats writes the scheduler's counts. Rust.
func schedStats(buf *uint64, n int)

// Places in the result of schedStats: numbers, then histograms.
const (
	statRunning = iota
	statRunnable
	statWaiting
	statNotInGo
	statCreated
	statThreads
	statLockWait
	statCleanupsQueued
	statCleanupsExecuted
	statFinalizersQueued
	statFinalizersExecuted
	statMarkShare // nanoseconds
	statMarkIdle
	statMarkAssist
	statScavenge
	statScavengeAssist
	statGlobals // bytes
	statHistograms
)

const (
	histLatencies = iota
	histStoppingGC
	histStoppingOther
	histPausesGC
	histPausesOther
	histograms
)

// A time histogram has 40 powers of two, each in four parts, then the underflow and the overflow.
const (
	timeBuckets = 40
	timeParts   = 4
	timeCounts  = timeBuckets * timeParts
	timeWords   = timeCounts + 2
)

// metricsReader has what one call of metrics.Read looks at.
type metricsReader struct {
	mem     MemStats
	classes [numSizeClasses]sizeClassStats
	tiny    uint64 // allocations
	sched   [statHistograms + histograms*timeWords]uint64
	cpu     cpuClasses
}

// numSizeClasses counts the size classes, large objects included.
const numSizeClasses = 68

// cpuClasses is where the processors' time went, in seconds.
type cpuClasses struct {
	assist, share, markIdle, pause, scavengeAssist, scavenge, idle, user float64
}

func (c *cpuClasses) gc() float64 { return c.assist + c.share + c.markIdle + c.pause }

func (c *cpuClasses) total() float64 { return c.gc() + c.scavengeAssist + c.scavenge + c.idle + c.user }

// lastCPU is what was reported last: these times never go back, though they come from clocks that do not agree on everything.
var lastCPU struct {
	lock mutex
	cpuClasses
}

//go:linkname readMetrics runtime/metrics.runtime_readMetrics
func readMetrics(samples unsafe.Pointer, n, capacity int) {
	r := new(metricsReader)
	r.tiny = memStats(&r.mem, &r.classes[0], len(r.classes), false)
	schedStats(&r.sched[0], len(r.sched))
	r.readCPU()
	s := unsafe.Slice((*metricSample)(samples), n)
	for i := range s {
		v := &s[i].value
		old := v.pointer
		*v = metricValue{}
		if x, ok := r.number(s[i].name); ok {
			v.kind, v.scalar = metricUint64, x
		} else if x, ok := r.seconds(s[i].name); ok {
			v.kind, v.scalar = metricFloat64, *(*uint64)(unsafe.Pointer(&x))
		} else if h := r.histogram(s[i].name, (*metricFloat64Histogram)(old)); h != nil {
			v.kind, v.pointer = metricHistogram, unsafe.Pointer(h)
		}
	}
}

// number returns the value of a metric that is a whole number.
func (r *metricsReader) number(name string) (uint64, bool) {
	m := &r.mem
	switch name {
	case "/cgo/go-to-c-calls:calls", "/gc/limiter/last-enabled:gc-cycle",
		"/memory/classes/metadata/mcache/free:bytes", "/memory/classes/metadata/mspan/free:bytes":
		return 0, true
	case "/gc/cleanups/executed:cleanups":
		return r.sched[statCleanupsExecuted], true
	case "/gc/cleanups/queued:cleanups":
		return r.sched[statCleanupsQueued], true
	case "/gc/finalizers/executed:finalizers":
		return r.sched[statFinalizersExecuted], true
	case "/gc/finalizers/queued:finalizers":
		return r.sched[statFinalizersQueued], true
	case "/gc/cycles/total:gc-cycles":
		return uint64(m.NumGC), true
	case "/gc/cycles/forced:gc-cycles":
		return uint64(m.NumForcedGC), true
	case "/gc/cycles/automatic:gc-cycles":
		return uint64(m.NumGC - m.NumForcedGC), true
	case "/gc/heap/allocs:bytes":
		return m.TotalAlloc, true
	case "/gc/heap/allocs:objects":
		return m.Mallocs - r.tiny, true
	case "/gc/heap/frees:bytes":
		return m.TotalAlloc - m.Alloc, true
	case "/gc/heap/frees:objects":
		return m.Frees - r.tiny, true
	case "/gc/heap/goal:bytes":
		return m.NextGC, true
	case "/gc/heap/live:bytes", "/memory/classes/heap/objects:bytes", "/gc/scan/heap:bytes":
		return m.HeapAlloc, true
	case "/gc/heap/objects:objects":
		return m.HeapObjects, true
	case "/gc/heap/tiny/allocs:objects":
		return r.tiny, true
	case "/gc/scan/globals:bytes":
		return r.sched[statGlobals], true
	case "/gc/scan/stack:bytes":
		return m.StackInuse, true
	case "/gc/scan/total:bytes":
		return m.HeapAlloc + m.StackInuse + r.sched[statGlobals], true
	case "/gc/stack/starting-size:bytes":
		return 2048, true
	case "/gc/gogc:percent":
		percent := gcPercent()
		if percent < 0 {
			return ^uint64(0), true
		}
		return uint64(percent), true
	case "/gc/gomemlimit:bytes":
		return uint64(setMemoryLimit(-1)), true
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
	case "/memory/classes/profiling/buckets:bytes":
		return m.BuckHashSys, true
	case "/memory/classes/metadata/other:bytes":
		return m.GCSys, true
	case "/memory/classes/os-stacks:bytes":
		return m.StackSys - min(m.StackInuse, m.StackSys), true
	case "/memory/classes/other:bytes":
		return m.OtherSys, true
	case "/memory/classes/total:bytes":
		return m.Sys, true
	case "/sched/gomaxprocs:threads":
		return uint64(gomaxprocs(0)), true
	case "/sched/goroutines:goroutines":
		return uint64(NumGoroutine()), true
	case "/sched/goroutines/running:goroutines":
		return r.sched[statRunning], true
	case "/sched/goroutines/runnable:goroutines":
		return r.sched[statRunnable], true
	case "/sched/goroutines/waiting:goroutines":
		return r.sched[statWaiting], true
	case "/sched/goroutines/not-in-go:goroutines":
		return r.sched[statNotInGo], true
	case "/sched/goroutines-created:goroutines":
		return r.sched[statCreated], true
	case "/sched/threads/total:threads":
		return r.sched[statThreads], true
	}
	lock(&godebugMetrics.lock)
	read := godebugMetrics.read[name]
	unlock(&godebugMetrics.lock)
	if read != nil {
		return read(), true
	}
	if hasPrefix(name, "/godebug/non-default-behavior/") {
		return 0, true // nobody has asked for the setting yet
	}
	return 0, false
}

// readCPU divides the processors' time since the program began.
func (r *metricsReader) readCPU() {
	procs := float64(gomaxprocs(0))
	total := float64(nanotime()-programStart) / 1e9 * procs
	used := min(processCPU(), total)
	ns := func(stat int) float64 { return float64(r.sched[stat]) / 1e9 }
	now := cpuClasses{
		assist:   ns(statMarkAssist),
		share:    ns(statMarkShare),
		markIdle: ns(statMarkIdle),
		// While the world is stopped no processor does anything else.
		pause:          float64(r.mem.PauseTotalNs) / 1e9 * procs,
		scavengeAssist: ns(statScavengeAssist),
		scavenge:       ns(statScavenge),
		idle:           total - used,
	}
	now.user = used - now.gc() - now.scavengeAssist - now.scavenge
	lock(&lastCPU.lock)
	last := &lastCPU.cpuClasses
	*last = cpuClasses{
		assist:         max(now.assist, last.assist),
		share:          max(now.share, last.share),
		markIdle:       max(now.markIdle, last.markIdle),
		pause:          max(now.pause, last.pause),
		scavengeAssist: max(now.scavengeAssist, last.scavengeAssist),
		scavenge:       max(now.scavenge, last.scavenge),
		idle:           max(now.idle, last.idle),
		user:           max(now.user, last.user),
	}
	r.cpu = *last
	unlock(&lastCPU.lock)
}

// seconds returns the value of a metric that is a time.
func (r *metricsReader) seconds(name string) (float64, bool) {
	switch name {
	case "/cpu/classes/gc/mark/assist:cpu-seconds":
		return r.cpu.assist, true
	case "/cpu/classes/gc/mark/idle:cpu-seconds":
		return r.cpu.markIdle, true
	case "/cpu/classes/gc/mark/dedicated:cpu-seconds":
		return r.cpu.share, true
	case "/cpu/classes/gc/pause:cpu-seconds":
		return r.cpu.pause, true
	case "/cpu/classes/gc/total:cpu-seconds":
		return r.cpu.gc(), true
	case "/cpu/classes/scavenge/assist:cpu-seconds":
		return r.cpu.scavengeAssist, true
	case "/cpu/classes/scavenge/background:cpu-seconds":
		return r.cpu.scavenge, true
	case "/cpu/classes/scavenge/total:cpu-seconds":
		return r.cpu.scavengeAssist + r.cpu.scavenge, true
	case "/cpu/classes/idle:cpu-seconds":
		return r.cpu.idle, true
	case "/cpu/classes/user:cpu-seconds":
		return r.cpu.user, true
	case "/cpu/classes/total:cpu-seconds":
		return r.cpu.total(), true
	case "/sync/mutex/wait/total:seconds":
		return float64(r.sched[statLockWait]) / 1e9, true
	}
	return 0, false
}

// programStart is when the program began, in nanotime.
var programStart = nanotime()

// processCPU returns the CPU time that the process has used, in seconds.
func processCPU() float64 { return float64(cpuTime()) / 1e9 }

// cpuTime is the CPU time of the process in nanoseconds. Rust.
func cpuTime() int64

// gcPercent is the present GOGC, negative for off. Rust.
func gcPercent() int

//go:linkname setMemoryLimit runtime/debug.setMemoryLimit
func setMemoryLimit(limit int64) int64

// histogram returns the value of a metric that is a histogram, in old's memory if that is large enough; or nil.
func (r *metricsReader) histogram(name string, old *metricFloat64Histogram) *metricFloat64Histogram {
	switch name {
	case "/sched/latencies:seconds":
		return r.times(histLatencies, old)
	case "/sched/pauses/stopping/gc:seconds":
		return r.times(histStoppingGC, old)
	case "/sched/pauses/stopping/other:seconds":
		return r.times(histStoppingOther, old)
	case "/gc/pauses:seconds", "/sched/pauses/total/gc:seconds":
		return r.times(histPausesGC, old)
	case "/sched/pauses/total/other:seconds":
		return r.times(histPausesOther, old)
	case "/gc/heap/allocs-by-size:bytes":
		return r.sizes(old, func(c *sizeClassStats) uint64 { return c.mallocs })
	case "/gc/heap/frees-by-size:bytes":
		return r.sizes(old, func(c *sizeClassStats) uint64 { return c.frees })
	}
	return nil
}

func histogramIn(old *metricFloat64Histogram, n int) *metricFloat64Histogram {
	if old == nil || cap(old.counts) < n || len(old.buckets) != n+1 {
		return &metricFloat64Histogram{counts: make([]uint64, n), buckets: make([]float64, n+1)}
	}
	old.counts = old.counts[:n]
	return old
}

func infinity(sign float64) float64 {
	var zero float64
	return sign / zero
}

func (r *metricsReader) times(which int, old *metricFloat64Histogram) *metricFloat64Histogram {
	h := histogramIn(old, timeWords)
	counts := r.sched[statHistograms+which*timeWords:][:timeWords]
	h.counts[0] = counts[timeCounts]
	copy(h.counts[1:], counts[:timeCounts])
	h.counts[timeWords-1] = counts[timeCounts+1]
	h.buckets[0] = infinity(-1)
	for bucket := range timeBuckets {
		for part := range timeParts {
			ns := uint64(part) << 6
			if bucket > 0 {
				ns = (timeParts + uint64(part)) << (bucket + 5)
			}
			h.buckets[1+bucket*timeParts+part] = float64(ns) / 1e9
		}
	}
	h.buckets[timeWords-1] = float64(uint64(1)<<47) / 1e9
	h.buckets[timeWords] = infinity(1)
	return h
}

// sizes has a bucket per size class and one for what is larger.
func (r *metricsReader) sizes(old *metricFloat64Histogram, count func(*sizeClassStats) uint64) *metricFloat64Histogram {
	n := len(r.classes)
	h := histogramIn(old, n)
	h.buckets[0] = 1
	for i := 1; i < n; i++ {
		// Bounds are exclusive above, sizes of classes are not.
		h.buckets[i] = float64(r.classes[i].size + 1)
		h.counts[i-1] = count(&r.classes[i])
	}
	h.counts[n-1] = count(&r.classes[0])
	h.buckets[n] = infinity(1)
	return h
}
