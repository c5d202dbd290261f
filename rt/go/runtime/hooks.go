package runtime

// Small services that std packages reach by linkname. The larger ones are Rust entries under the packages' own names.

import (
	"internal/coverage/rtcov"
	"internal/runtime/maps"
	"unsafe"
)

// Random numbers (Rust). rand is strong, cheaprand is not.

func rand() uint64
func cheaprand() uint32
func rand32() uint32 { return uint32(rand()) }

//go:linkname sync_randn sync.runtime_randn
func sync_randn(n uint32) uint32

// randn returns a number below n.
func randn(n uint32) uint32 { return sync_randn(n) }

// Names of old, by which modules still ask for random numbers.

//go:linkname legacy_fastrand runtime.fastrand
func legacy_fastrand() uint32 { return rand32() }

//go:linkname legacy_fastrandn runtime.fastrandn
func legacy_fastrandn(n uint32) uint32 { return randn(n) }

//go:linkname legacy_fastrand64 runtime.fastrand64
func legacy_fastrand64() uint64 { return rand() }

// bootstrapRand is what maps.AlgInit uses.
func bootstrapRand() uint64 { return rand() }

//go:linkname maphash_runtime_memhash hash/maphash.runtime_memhash
func maphash_runtime_memhash(p unsafe.Pointer, seed, s uintptr) uintptr {
	return maps.MemHash(p, seed, s)
}

// Per-goroutine flags.

//go:linkname fips140_getIndicator crypto/internal/fips140.getIndicator
func fips140_getIndicator() uint8 { return getg().flags.fipsIndicator }

//go:linkname fips140_setIndicator crypto/internal/fips140.setIndicator
func fips140_setIndicator(v uint8) { getg().flags.fipsIndicator = v }

//go:linkname fips140_setBypass crypto/fips140.setBypass
func fips140_setBypass() { getg().flags.fipsBypass = true }

//go:linkname fips140_unsetBypass crypto/fips140.unsetBypass
func fips140_unsetBypass() { getg().flags.fipsBypass = false }

//go:linkname fips140_isBypassed crypto/fips140.isBypassed
func fips140_isBypassed() bool { return getg().flags.fipsBypass }

// dit_setEnabled asks for data-independent timing and reports whether it was on. amd64 has no such mode.
//
//go:linkname dit_setEnabled crypto/subtle.setDITEnabled
func dit_setEnabled() bool {
	f := &getg().flags
	old := f.ditWanted
	f.ditWanted = true
	return old
}

//go:linkname dit_setDisabled crypto/subtle.setDITDisabled
func dit_setDisabled() { getg().flags.ditWanted = false }

//go:linkname boring_registerCache crypto/internal/boring/bcache.registerCache
func boring_registerCache(p unsafe.Pointer) {
	boringCaches = append(boringCaches, p)
	registerCacheCleanup(clearBoringCaches)
}

// boringCaches holds the addresses of pointers to caches, which a collection clears. Appended to by initialisers only.
var boringCaches []unsafe.Pointer

// clearBoringCaches runs with the world stopped, before marking.
func clearBoringCaches() {
	for _, p := range boringCaches {
		*(*unsafe.Pointer)(p) = nil
	}
}

func registerCacheCleanup(f func())

// fipsInfo is where gc's linker leaves the checksum of the FIPS module; FIPS mode is off.
//
//go:linkname fipsInfo go:fipsinfo
var fipsInfo = [15]uintptr{}

// System calls.

// syscall_cgocaller is reached only through variables that cgo sets.
//
//go:linkname syscall_cgocaller syscall.cgocaller
func syscall_cgocaller(fn unsafe.Pointer, args ...uintptr) uintptr {
	throw("call of a C function without cgo")
	return 0
}

//go:linkname unix_fcntl internal/syscall/unix.fcntl
func unix_fcntl(fd, cmd, arg int32) (ret, errno int32)

func fcntl(fd, cmd, arg int32) (ret, errno int32) { return unix_fcntl(fd, cmd, arg) }

func allThreadsSyscall(a *[10]uintptr)

// syscall_runtime_doAllThreadsSyscall makes a system call on every thread, and dies if the results differ.
//
//go:linkname syscall_runtime_doAllThreadsSyscall syscall.runtime_doAllThreadsSyscall
func syscall_runtime_doAllThreadsSyscall(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, err uintptr) {
	a := [10]uintptr{trap, a1, a2, a3, a4, a5, a6}
	allThreadsSyscall(&a)
	return a[7], a[8], a[9]
}

// vgetrandom asks the vDSO's generator. If the kernel has none, the caller makes the system call.
//
//go:linkname vgetrandom
func vgetrandom(p []byte, flags uint32) (ret int, supported bool) {
	ret = vdsoRandom(unsafe.SliceData(p), len(p), flags)
	return ret, ret != -1<<63
}

func vdsoRandom(p *byte, n int, flags uint32) int

// haveHighResSleep tells the tests of package time that a sleep is not rounded to milliseconds.
//
//go:linkname haveHighResSleep
var haveHighResSleep = true

//go:linkname time_runtimeIsBubbled time.runtimeIsBubbled
func time_runtimeIsBubbled() bool { return getg().bubble != nil }

// Coverage counters exist in programs built with -cover only.
//
//go:linkname coverage_getCovCounterList internal/coverage/cfile.getCovCounterList
func coverage_getCovCounterList() []rtcov.CovCounterBlob { return nil }

// heapObjectsCanMove answers modules that keep addresses of objects as numbers, which would not do with a collector that moves them.
//
//go:linkname heapObjectsCanMove
func heapObjectsCanMove() bool { return false }
