package runtime

// Services of runtime/debug.

import _ "unsafe" // for go:linkname

//go:linkname debug_modinfo runtime/debug.modinfo
func debug_modinfo() string { return modinfo }

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
