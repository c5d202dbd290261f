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
	// On the main thread as long as initialisers run, or panic.
	mainStarted()
	initTrace.on = godebugSetting(gogetenv("GODEBUG"), "inittrace") == "1"
	if initTrace.on {
		initTrace.next()
		initTrace.begin = initTrace.start
	}
	locked := true
	defer func() {
		if locked {
			mainInitDone()
		}
	}()
	inits()
	locked = false
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

// goexit stands for what called a goroutine's first function: it is the last frame that Callers reports. It never runs.
func goexit() {}

// initTrace is what GODEBUG=inittrace=1 needs to report how long the initialisers of each package took.
var initTrace initTracer

type initTracer struct {
	on            bool
	begin         int64 // of the program
	start         int64 // of the present package
	bytes, allocs uint64
	stats         MemStats
}

// next begins the next package.
func (t *initTracer) next() {
	readMemStats(&t.stats)
	t.bytes, t.allocs = t.stats.TotalAlloc, t.stats.Mallocs
	t.start = nanotime()
}

// initialized is called by inits after the initialisers of a package.
func initialized(path string) {
	t := &initTrace
	if !t.on {
		return
	}
	end := nanotime()
	m := &t.stats
	readMemStats(m)
	print("init ", path, " @")
	printMilliseconds(t.start - t.begin)
	print(" ms, ")
	printMilliseconds(end - t.start)
	print(" ms clock, ", m.TotalAlloc-t.bytes, " bytes, ", m.Mallocs-t.allocs, " allocs\n")
	t.next()
}

// printMilliseconds prints a time in nanoseconds: whole milliseconds from 10 on, below that two digits and at most three
// decimal places.
func printMilliseconds(ns int64) {
	if ns >= 10e6 {
		print(ns / 1e6)
		return
	}
	x := ns / 1e3
	if x == 0 {
		print("0")
		return
	}
	places := 3
	for x >= 100 {
		x /= 10
		places--
	}
	scale := int64(1)
	for range places {
		scale *= 10
	}
	print(x / scale)
	if places > 0 {
		print(".")
		for rest := x % scale; places > 0; places-- {
			scale /= 10
			print(rest / scale)
			rest %= scale
		}
	}
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

// SetDefaultGOMAXPROCS sets GOMAXPROCS to what it would be without any request by the program: the environment
// variable, or the number of processors that the process may use, and lets it follow changes of that number.
func SetDefaultGOMAXPROCS()

// NumCgoCall returns the number of calls from Go to C, which is 0.
func NumCgoCall() int64 { return 0 }

// SetCgoTraceback would register functions that describe C frames. There are none.
func SetCgoTraceback(version int, traceback, context, symbolizer unsafe.Pointer) {
	if version != 0 && version != 1 {
		panic("unsupported version")
	}
}

// Breakpoint stops in the debugger, if one is attached, else ends the program.
//
//go:noinline
func Breakpoint() { breakpoint() }

func breakpoint()

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
