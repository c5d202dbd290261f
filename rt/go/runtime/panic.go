package runtime

// Panic, recover, Goexit and the errors that compiled code raises.
//
// A function with a defer statement has one deferFrame, linked from g while it has deferred calls; these hang off it.
// gopanic runs the pending calls of all frames, innermost first. They run on top of the stack of the panicking
// function, so that a traceback shows where it happened. Once a call has recovered, rt drops everything above the frame
// and continues at the frame's handler, which makes the calls that are left and returns.
//
// A deferred call may panic itself. The new panic finds the calls that are left in the same list. When it arrives at
// the frame whose deferred call raised it, the older panic can no longer continue: it is aborted, stays on the list for
// printing, and goes away when the new one is recovered. Goexit is handled as a panic that cannot be recovered, except
// that recovering a later panic continues it.

import (
	"internal/abi"
	"internal/runtime/atomic"
	"internal/runtime/sys"
	"unsafe"
)

// deferFrame is rgo_abi::defer_frame::frame, in the frame of a deferring function.
type deferFrame struct {
	link  *deferFrame // of the next outer activation
	fp    uintptr     // frame pointer of the function
	entry uintptr     // entry address of the function

	// The pending calls. Either records, of which this is the innermost, or, when every defer statement of the function
	// runs at most once, a set: the word's lowest bit is set, and bit i+1 says that calls[i] is pending. The highest is
	// the innermost.
	pending *_defer
	calls   [8]func() // the frame has as many as the function has statements
}

// _defer is rgo_abi::defer_frame::defer, the record of one execution of a defer statement.
type _defer struct {
	link *_defer
	fn   func()
}

// _panic is a panic or Goexit in progress, in the frame of gopanic or Goexit.
type _panic struct {
	arg        any
	link       *_panic     // the one that was in progress when this one began
	frame      *deferFrame // whose deferred call is running
	callFP     uintptr     // frame pointer of the gopanic or Goexit whose deferred calls it makes
	recovered  bool
	aborted    bool // a newer panic has passed frame
	goexit     bool
	repanicked bool // same value as the next newer panic; for printing
}

// pop takes the innermost pending call off the frame; ok is false when there is none.
func (f *deferFrame) pop() (fn func(), ok bool) {
	if set := (*uintptr)(unsafe.Pointer(&f.pending)); *set&1 != 0 {
		if i := sys.Len64(uint64(*set >> 1)); i > 0 {
			*set &^= 1 << uint(i)
			return f.calls[(i-1)&7], true
		}
	} else if d := f.pending; d != nil {
		f.pending = d.link
		return d.fn, true
	}
	return nil, false
}

// deferprocHeap adds a deferred call whose record cannot be part of the function's frame.
func deferprocHeap(f *deferFrame, fn func()) {
	f.pending = &_defer{link: f.pending, fn: fn}
}

// deferreturn runs the pending calls of a frame whose function returns.
func deferreturn(f *deferFrame) {
	for {
		fn, ok := f.pop()
		if !ok {
			return
		}
		fn()
	}
}

// gopanic implements the predeclared function panic.
//
//go:linkname gopanic
func gopanic(e any) {
	if e == nil {
		if panicnilAllowed {
			panicnil.IncNonDefault()
		} else {
			e = new(PanicNilError)
		}
	}
	var p _panic
	p.arg = e
	atomic.Xadd(&runningPanicDefers, 1)
	p.run()
	p.callFP = 0 // what is called from here on is no deferred call of p
	bubble := 0
	if de, ok := p.arg.(synctestDeadlockError); ok {
		bubble = de.bubble
	}
	if atomic.Load(&traceState.reading) != 0 {
		traceAdvance(false) // what led here is to be in the trace
	}
	preprintpanics(&p)
	lock(&panicLock) // for ever: one goroutine reports, the program ends
	atomic.Store(&panicking, 1)
	if startPanic() {
		printpanics(&p)
	}
	dieFromPanic(bubble)
}

var (
	runningPanicDefers uint32 // panics whose deferred calls are running
	panicking          uint32 // set while the final report is printed
	panicLock          mutex
)

// Goexit ends the calling goroutine after running its deferred calls, in which recover returns nil. Other goroutines go
// on. When the main goroutine calls it, the program lives as long as another goroutine can run.
func Goexit() {
	var p _panic
	p.goexit = true
	p.run()
	goexit1()
}

// run calls pending deferred calls until none is left; it does not return if one of them recovers p. It counts as a
// wrapper: to the calls it makes, its caller is what called them.
//
//go:noinline
func (p *_panic) run() {
	gp := getg()
	p.callFP = *(*uintptr)(unsafe.Pointer(getfp())) // where a function saves its caller's
	p.link = gp.panic
	gp.panic = (*_panic)(noescape(unsafe.Pointer(p)))
	for gp.deferFrame != nil {
		f := gp.deferFrame
		for q := p.link; q != nil; q = q.link {
			if q.frame == f {
				q.aborted = true
			}
		}
		fn, ok := f.pop()
		if !ok {
			gp.deferFrame = f.link
			continue
		}
		p.frame = f
		fn()
		if p.recovered {
			p.resume(gp, f)
		}
	}
}

// resume continues the function of frame f, whose deferred call has recovered p. It does not return, unless p passed a
// Goexit: then that goes on instead, with p off the list.
func (p *_panic) resume(gp *g, f *deferFrame) {
	q := p.link
	for q != nil && q.aborted {
		if q.goexit {
			atomic.Xadd(&runningPanicDefers, -1)
			gp.panic = q.link
			Goexit()
		}
		atomic.Xadd(&runningPanicDefers, -1)
		q = q.link
	}
	atomic.Xadd(&runningPanicDefers, -1)
	gp.panic = q
	if q == nil {
		gp.sigPC = 0
	}
	resume(f.fp, f.entry)
}

// resume drops all frames above the given one and jumps to its handler. Rust.
func resume(fp, entry uintptr)

// gorecover implements the predeclared function recover, in the function with frame pointer fp. It is effective if that
// function was called by the gopanic of the current panic, directly or through compiler-made wrappers.
//
// recoverFrame counts on its frame.
//
//go:noinline
func gorecover(fp uintptr) any {
	p := getg().panic
	if p == nil || p.goexit || p.recovered || recoverFrame(fp) != p.callFP {
		return nil
	}
	p.recovered = true
	return p.arg
}

// recoverFrame returns the frame pointer of the caller of the function with frame pointer fp, without wrappers. Rust.
func recoverFrame(fp uintptr) uintptr

// preprintpanics calls the Error and String methods of values to be printed while it is still safe to run user code.
func preprintpanics(p *_panic) {
	defer func() {
		const text = "panic while printing panic value"
		switch r := recover().(type) {
		case nil:
		case string:
			throw(text + ": " + r)
		default:
			throw(text + ": type " + toRType(efaceOf(&r)._type).string())
		}
	}()
	for ; p != nil; p = p.link {
		if p.link != nil && *efaceOf(&p.link.arg) == *efaceOf(&p.arg) {
			p.link.repanicked = true
			continue
		}
		switch v := p.arg.(type) {
		case error:
			p.arg = v.Error()
		case stringer:
			p.arg = v.String()
		}
	}
}

// printpanics prints the panics in progress, oldest first.
func printpanics(p *_panic) {
	if p.link != nil {
		printpanics(p.link)
		if p.link.repanicked {
			return
		}
		if !p.link.goexit {
			print("\t")
		}
	}
	if p.goexit {
		return
	}
	print("panic: ")
	printpanicval(p.arg)
	if p.recovered && p.repanicked {
		print(" [recovered, repanicked]")
	} else if p.recovered {
		print(" [recovered]")
	}
	print("\n")
}

// Endings (Rust). goexit1 ends the goroutine; dieFromPanic prints the traceback and exits with status 2.

func goexit1()
func dieFromPanic(bubble int)
func startPanic() bool
func throwRT(s string)
func fatalRT(s string)

// throw reports a failure of the runtime and ends the program.
//
//go:noinline
func throw(s string) { throwRT(s) }

// fatal reports an error of the program that it cannot recover from, and ends it.
//
//go:noinline
func fatal(s string) {
	printlock()
	if p := getg().panic; p != nil {
		// Deferred calls of a panic are running. Its value is printed without calling its methods.
		for q := p; q.link != nil; q = q.link {
			if *efaceOf(&q.link.arg) == *efaceOf(&q.arg) {
				q.link.repanicked = true
			}
		}
		printpanics(p)
		print("\t")
	}
	fatalRT(s)
}

// The same for other packages. Tracebacks show these functions under the names that they have there.

//go:linkname sync_throw sync.throw
func sync_throw(s string) { throw(s) }

//go:linkname sync_fatal sync.fatal
func sync_fatal(s string) { fatal(s) }

//go:linkname internal_sync_throw internal/sync.throw
func internal_sync_throw(s string) { throw(s) }

//go:linkname internal_sync_fatal internal/sync.fatal
func internal_sync_fatal(s string) { fatal(s) }

//go:linkname cgroup_throw internal/runtime/cgroup.throw
func cgroup_throw(s string) { throw(s) }

//go:linkname maps_fatal internal/runtime/maps.fatal
func maps_fatal(s string) { fatal(s) }

//go:linkname rand_fatal crypto/rand.fatal
func rand_fatal(s string) { fatal(s) }

//go:linkname sysrand_fatal crypto/internal/sysrand.fatal
func sysrand_fatal(s string) { fatal(s) }

//go:linkname fips_fatal crypto/internal/fips140.fatal
func fips_fatal(s string) { fatal(s) }

// A PanicNilError is the value of a panic that was called with nil, unless GODEBUG=panicnil=1 asks for nil itself.
type PanicNilError struct {
	_ [0]*PanicNilError // not convertible to or from any other struct type
}

func (*PanicNilError) Error() string { return "runtime error: panic called with nil argument" }
func (*PanicNilError) RuntimeError() {}

var panicnil = &godebugInc{name: "panicnil"}

// Errors with fixed texts.

//go:linkname divideError
var divideError = error(errorString("integer divide by zero"))

//go:linkname overflowError
var overflowError = error(errorString("integer overflow"))

var (
	shiftError  = error(errorString("negative shift amount"))
	memoryError = error(errorString("invalid memory address or nil pointer dereference"))
	floatError  = error(errorString("floating point error"))
)

func panicdivide()   { panic(divideError) }
func panicoverflow() { panic(overflowError) }
func panicshift()    { panic(shiftError) }
func panicfloat()    { panic(floatError) }

// panicmem reports a nil dereference that compiled code found by a check, like the fault it would have been.
func panicmem() {
	gp := getg()
	gp.panicCode = sigSEGV
	gp.sigAddr = 0
	gp.sigPC = sys.GetCallerPC()
	panic(memoryError)
}

// panicArgs returns the operands that compiled code stored before it called one of the functions below. Rust.
func panicArgs() (x, y int)

func panicBounds(code abi.BoundsErrorCode, signed bool) {
	x, y := panicArgs()
	panic(boundsError{x: int64(x), y: y, signed: signed, code: code})
}

func panicIndex()        { panicBounds(abi.BoundsIndex, true) }
func panicIndexU()       { panicBounds(abi.BoundsIndex, false) }
func panicSliceAlen()    { panicBounds(abi.BoundsSliceAlen, true) }
func panicSliceAlenU()   { panicBounds(abi.BoundsSliceAlen, false) }
func panicSliceAcap()    { panicBounds(abi.BoundsSliceAcap, true) }
func panicSliceAcapU()   { panicBounds(abi.BoundsSliceAcap, false) }
func panicSliceB()       { panicBounds(abi.BoundsSliceB, true) }
func panicSliceBU()      { panicBounds(abi.BoundsSliceB, false) }
func panicSlice3Alen()   { panicBounds(abi.BoundsSlice3Alen, true) }
func panicSlice3AlenU()  { panicBounds(abi.BoundsSlice3Alen, false) }
func panicSlice3Acap()   { panicBounds(abi.BoundsSlice3Acap, true) }
func panicSlice3AcapU()  { panicBounds(abi.BoundsSlice3Acap, false) }
func panicSlice3B()      { panicBounds(abi.BoundsSlice3B, true) }
func panicSlice3BU()     { panicBounds(abi.BoundsSlice3B, false) }
func panicSlice3C()      { panicBounds(abi.BoundsSlice3C, true) }
func panicSlice3CU()     { panicBounds(abi.BoundsSlice3C, false) }
func panicSliceConvert() { panicBounds(abi.BoundsConvert, true) }

// panicrangestate reports misuse of the body of a range-over-func loop.
func panicrangestate(state int) {
	switch abi.RF_State(state) {
	case abi.RF_DONE:
		panic(errorString("range function continued iteration after function for loop body returned false"))
	case abi.RF_PANIC:
		panic(errorString("range function continued iteration after loop body panic"))
	case abi.RF_EXHAUSTED:
		panic(errorString("range function continued iteration after whole loop exit"))
	case abi.RF_MISSING_PANIC:
		panic(errorString("range function recovered a loop body panic and did not resume panicking"))
	}
	throw("unexpected state set by range func")
}

// Panics raised by rt. The numbers are rgo_abi::panic::PanicCode.
const (
	codeSendOnClosedChannel  = 1
	codeCloseOfNilChannel    = 2
	codeCloseOfClosedChannel = 3
	codeMakechanSize         = 4
	codeMakesliceLen         = 5
	codeMakesliceCap         = 6
	codeAllocationSize       = 7
	codeOutOfMemory          = 8
	codeBadNotifyListSize    = 9
	codeGrowsliceLen         = 10
	codeSelectTooManyCases   = 11
	codeFinalizerAlreadySet  = 12
	codeNotInHeap            = 13
)

// panicFromRT raises the panic that an rt entry asked for, as if the entry's caller had called it.
func panicFromRT() {
	switch getg().panicCode {
	case codeSendOnClosedChannel:
		panic(plainError("send on closed channel"))
	case codeCloseOfNilChannel:
		panic(plainError("close of nil channel"))
	case codeCloseOfClosedChannel:
		panic(plainError("close of closed channel"))
	case codeMakechanSize:
		panic(plainError("makechan: size out of range"))
	case codeMakesliceLen:
		panicmakeslicelen()
	case codeMakesliceCap:
		panicmakeslicecap()
	case codeAllocationSize:
		panic(plainError("runtime: allocation size out of range"))
	case codeOutOfMemory:
		throw("out of memory")
	case codeBadNotifyListSize:
		throw("bad notifyList size")
	case codeGrowsliceLen:
		panic(errorString("growslice: len out of range"))
	case codeSelectTooManyCases:
		throw("select: too many cases")
	case codeFinalizerAlreadySet:
		throw("runtime.SetFinalizer: finalizer already set")
	case codeNotInHeap:
		throw("getWeakHandle on invalid pointer")
	}
	throw("panic with an unknown code")
}

// Signals that the kernel raises for faults of the program itself; the numbers are the same on all systems we support,
// except that of SIGBUS.
const (
	sigFPE  = 8
	sigSEGV = 11
)

// sigpanic turns a fault in Go code into a panic, as if the faulting instruction had called it.
func sigpanic() {
	gp := getg()
	switch gp.panicCode {
	case sigFPE:
		// The only integer fault: MIN / -1 is handled by compiled code.
		panicdivide()
	case sigSEGV:
		if gp.sigAddr < 4096 {
			panic(memoryError)
		}
	}
	if gp.flags.panicOnFault {
		panic(errorAddressString{msg: "invalid memory address or nil pointer dereference", addr: gp.sigAddr})
	}
	print("unexpected fault address ", hex(gp.sigAddr), "\n")
	throw("fault")
}

// abort ends the program by a trap, without any of the above.
//
//go:noinline
func abort() {
	Breakpoint()
	for {
	}
}
