package runtime

// debug.WriteHeapDump: the parts of a dump that Go code knows. Objects, goroutines, threads, variables, finalizers and the memory
// profile are written by rt (heap_dump.rs), where the format is described.

import (
	"internal/abi"
	"internal/goarch"
	"unsafe"
)

// Kinds of records.
const (
	dumpEOF      = 0
	dumpType     = 3
	dumpParams   = 6
	dumpItab     = 8
	dumpMemStats = 10
)

// dumpMemory writes the part that needs the world stopped. heapBounds returns the range of addresses of the heap. Rust.
func dumpMemory(fd uintptr)
func heapBounds() (lo, hi uintptr)
func write(fd uintptr, p unsafe.Pointer, n int32) int32

type heapDump struct {
	buf []byte
}

func (d *heapDump) int(values ...uint64) {
	for _, v := range values {
		for v >= 0x80 {
			d.buf = append(d.buf, byte(v)|0x80)
			v >>= 7
		}
		d.buf = append(d.buf, byte(v))
	}
}

func (d *heapDump) string(s string) {
	d.int(uint64(len(s)))
	d.buf = append(d.buf, s...)
}

func (d *heapDump) flush(fd uintptr) {
	for b := d.buf; len(b) > 0; {
		n := write(fd, unsafe.Pointer(unsafe.SliceData(b)), int32(min(len(b), 1<<20)))
		if n <= 0 {
			break
		}
		b = b[n:]
	}
	d.buf = d.buf[:0]
}

//go:linkname debug_WriteHeapDump runtime/debug.WriteHeapDump
func debug_WriteHeapDump(fd uintptr) {
	var d heapDump
	d.buf = append(d.buf, "go1.7 heap dump\n"...)
	lo, hi := heapBounds()
	d.int(dumpParams, 0 /* little-endian */, goarch.PtrSize, uint64(lo), uint64(hi))
	d.string(goarch.GOARCH)
	d.string(Version())
	d.int(uint64(NumCPU()))
	seen := make(map[*_type]bool)
	for _, m := range allItabs() {
		if t := m.Type; !seen[t] {
			seen[t] = true
			d.typ(t)
		}
		d.int(dumpItab, uint64(uintptr(unsafe.Pointer(m))), uint64(uintptr(unsafe.Pointer(m.Type))))
	}
	d.flush(fd)

	dumpMemory(fd)

	var m MemStats
	readMemStats(&m)
	d.int(dumpMemStats)
	d.int(m.Alloc, m.TotalAlloc, m.Sys, m.Lookups, m.Mallocs, m.Frees)
	d.int(m.HeapAlloc, m.HeapSys, m.HeapIdle, m.HeapInuse, m.HeapReleased, m.HeapObjects)
	d.int(m.StackInuse, m.StackSys, m.MSpanInuse, m.MSpanSys, m.MCacheInuse, m.MCacheSys)
	d.int(m.BuckHashSys, m.GCSys, m.OtherSys, m.NextGC, m.LastGC, m.PauseTotalNs)
	d.int(m.PauseNs[:]...)
	d.int(uint64(m.NumGC), dumpEOF)
	d.flush(fd)
}

func (d *heapDump) typ(t *_type) {
	d.int(dumpType, uint64(uintptr(unsafe.Pointer(t))), uint64(t.Size_))
	// With the whole path of the package instead of its name.
	name := toRType(t).string()
	if t.TFlag&abi.TFlagNamed != 0 {
		for i := range name {
			if name[i] == '.' {
				name = toRType(t).pkgpath() + name[i:]
				break
			}
		}
	}
	d.string(name)
	if !t.IsDirectIface() || t.Pointers() {
		d.int(1)
	} else {
		d.int(0)
	}
}
