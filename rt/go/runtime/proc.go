package runtime

// The main goroutine, and the scheduler's API. The scheduler is in Rust.

import (
	"internal/cpu"
	"internal/runtime/atomic"
	"internal/runtime/exithook"
	"internal/runtime/maps"
	"unsafe"
)

// inits runs all package initialisers in dependency order. The compiler makes it.
//
//go:linkname inits go:inits
func inits()

//go:linkname main_main main.main
func main_main()

// main is what the first goroutine runs. Nothing before inits may use a package-level variable with an initialiser that
// is not constant.
func main() {
	cpu.Initialize(cpuOptions())
	maps.AlgInit()
	exithook.Gosched = func() { Gosched() }
	exithook.Goid = func() uint64 { return goid() }
	exithook.Throw = func(s string) { throw(s) }
	memProfileRateIs(&MemProfileRate)
	mainStarted()
	inits()
	mainInitDone()
	main_main()

	// If another goroutine is panicking, let it finish: deferred calls should not take long, and a report that has begun
	// ends the program itself.
	for i := 0; i < 1000 && atomic.Load(&runningPanicDefers) != 0; i++ {
		Gosched()
	}
	if atomic.Load(&panicking) != 0 {
		block()
	}
	exithook.Run(0)
	exit(0)
}

// Rust entries.

func exit(code int)
func mainStarted()
func mainInitDone()
func newproc(fn func())
func block()
func goid() uint64
func gomaxprocs(n int) int
func procPin() int
func procUnpin()
func entersyscall()
func exitsyscall()
func nanotime() int64
func walltime() (sec int64, nsec int32)
func cputicks() int64

// Gosched lets other goroutines run before the calling one continues.
func Gosched()

// NumCPU returns the number of processors that the process may use, as of its start.
func NumCPU() int

// NumGoroutine returns the number of goroutines that exist.
func NumGoroutine() int

// LockOSThread binds the calling goroutine to its current thread: the goroutine runs nowhere else and nothing else runs
// there, until UnlockOSThread has been called as often. A goroutine that exits while bound ends the thread.
func LockOSThread()

// UnlockOSThread undoes one LockOSThread.
func UnlockOSThread()

// GOMAXPROCS sets how many threads may run Go code at once, if n > 0, and returns the previous number.
func GOMAXPROCS(n int) int { return gomaxprocs(n) }

// SetDefaultGOMAXPROCS sets what GOMAXPROCS would be without any request by the program: the environment variable, or
// the number of processors.
func SetDefaultGOMAXPROCS() {
	n := NumCPU()
	if v, ok := parseUint(gogetenv("GOMAXPROCS")); ok && v > 0 {
		n = int(v)
	}
	gomaxprocs(n)
}

// NumCgoCall returns the number of calls from Go to C, which is 0.
func NumCgoCall() int64 { return 0 }

// SetCgoTraceback would register functions that describe C frames. There are none.
func SetCgoTraceback(version int, traceback, context, symbolizer unsafe.Pointer) {
	if version != 0 && version != 1 {
		panic("unsupported version")
	}
}

// Breakpoint stops in the debugger, if one is attached, else ends the program.
func Breakpoint()

//go:linkname os_beforeExit os.runtime_beforeExit
func os_beforeExit(exitCode int) { exithook.Run(exitCode) }

// parseUint parses a decimal number.
func parseUint(s string) (v uint64, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' || v > 1<<59 {
			return 0, false
		}
		v = v*10 + uint64(s[i]-'0')
	}
	return v, s != ""
}
