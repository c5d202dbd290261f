package runtime

// Statistics and controls of the collector.

// MemStats holds statistics of the memory allocator. rt fills it and knows its layout.
type MemStats struct {
	// Bytes of heap objects in use, the same allocated ever, and bytes obtained from the system for all purposes.
	Alloc      uint64
	TotalAlloc uint64
	Sys        uint64

	// Lookups is always 0. Mallocs and Frees count heap objects.
	Lookups uint64
	Mallocs uint64
	Frees   uint64

	// HeapAlloc equals Alloc. HeapSys is address space, HeapIdle and HeapInuse bytes of spans without and with objects,
	// HeapReleased those of HeapIdle that were returned to the system.
	HeapAlloc    uint64
	HeapSys      uint64
	HeapIdle     uint64
	HeapInuse    uint64
	HeapReleased uint64
	HeapObjects  uint64

	// Goroutine stacks and the threads' own.
	StackInuse uint64
	StackSys   uint64

	// Bookkeeping.
	MSpanInuse  uint64
	MSpanSys    uint64
	MCacheInuse uint64
	MCacheSys   uint64
	BuckHashSys uint64
	GCSys       uint64
	OtherSys    uint64

	// NextGC is the heap size that starts the next collection, LastGC when the last one ended, in nanoseconds since
	// 1970. Pauses are nanoseconds; PauseNs and PauseEnd are rings, the last at [(NumGC+255)%256].
	NextGC        uint64
	LastGC        uint64
	PauseTotalNs  uint64
	PauseNs       [256]uint64
	PauseEnd      [256]uint64
	NumGC         uint32
	NumForcedGC   uint32
	GCCPUFraction float64
	EnableGC      bool
	DebugGC       bool

	// BySize holds counts for size classes.
	BySize [61]struct {
		Size    uint32
		Mallocs uint64
		Frees   uint64
	}
}

// A sizeClassStats counts the objects of a size class; rt knows its layout.
type sizeClassStats struct {
	size           uint32
	mallocs, frees uint64
}

// memStats fills m, and n size classes, of which the first is that of large objects, and returns the number of tiny allocations. The world
// stops if the result is to be exact; else objects that Ps have allocated from their present spans are missing. Rust.
func memStats(m *MemStats, classes *sizeClassStats, n int, exact bool) uint64

func readMemStats(m *MemStats) { memStats(m, nil, 0, true) }

// ReadMemStats fills m with statistics that are up to date as of the call.
func ReadMemStats(m *MemStats) { readMemStats(m) }

// GC runs a collection and returns when it is complete.
func GC()

// MemProfileRate is the average number of bytes between samples of the memory profiler: 1 samples every object, 0 none.
// Programs that change it do so once, as early as possible.
var MemProfileRate int = 512 * 1024
