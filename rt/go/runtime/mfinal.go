package runtime

// Finalizers, cleanups, Pinner. The collector keeps closures without parameters for objects. Finalizers of dead objects are called by
// one goroutine, cleanups by others, started with the first registration.

import (
	"internal/abi"
	"internal/goarch"
	"internal/runtime/atomic"
	"unsafe"
)

// Rust entries. findObject returns where the heap object of an address begins, and ends (0 for a block that tiny objects share), or 0, 0.
// isVariable: not heap, but a variable of the program, which never dies. setFinalizer takes a nil closure to remove the finalizer.
// nextFinalizer and nextCleanup wait for the next closure that is due; obj is the dead object, to be kept until its finalizer has returned;
// more says that further cleanups are due for which no goroutine waits.

func findObject(p unsafe.Pointer) (start, end uintptr)
func isVariable(p unsafe.Pointer) bool
func setFinalizer(obj unsafe.Pointer, fn func())
func addCleanup(ptr unsafe.Pointer, fn func()) uint64
func stopCleanup(ptr unsafe.Pointer, id uint64)
func nextFinalizer() (fn func(), obj unsafe.Pointer)
func nextCleanup() (fn func(), more bool)
func finalizersPending() bool

// checksFinalizers reports whether GODEBUG=checkfinalizers=1 is set: then noteCleanup tells Rust where the cleanup with this id of obj,
// or with id 0 its finalizer, comes from.
func checksFinalizers() bool
func noteCleanup(obj unsafe.Pointer, id uint64, typeName *byte, typeNameLen int, typeSize uintptr, code unsafe.Pointer)

func noteFinalCall(obj unsafe.Pointer, id uint64, typ *abi.Type, fn unsafe.Pointer) {
	name := toRType(typ).string()
	noteCleanup(obj, id, unsafe.StringData(name), len(name), typ.Size_, *(*unsafe.Pointer)(fn))
}

var finalizersStarted uint32

func createfing() {
	if atomic.Load(&finalizersStarted) == 0 && atomic.Cas(&finalizersStarted, 0, 1) {
		newSystemProc(runFinalizers)
	}
}

// blockUntilEmptyFinalizerQueue waits until all finalizers and cleanups that were due have run, or timeout nanoseconds; it
// reports which. Tests of std use it, under the names below.
//
//go:linkname blockUntilEmptyFinalizerQueue
func blockUntilEmptyFinalizerQueue(timeout int64) bool {
	for start := nanotime(); finalizersPending(); Gosched() {
		if nanotime()-start >= timeout {
			return false
		}
	}
	return true
}

//go:linkname sync_test_blockUntilEmptyCleanupQueue sync_test.runtime_blockUntilEmptyCleanupQueue
func sync_test_blockUntilEmptyCleanupQueue(timeout int64) bool { return blockUntilEmptyFinalizerQueue(timeout) }

//go:linkname unique_blockUntilEmptyCleanupQueue unique.runtime_blockUntilEmptyCleanupQueue
func unique_blockUntilEmptyCleanupQueue(timeout int64) bool { return blockUntilEmptyFinalizerQueue(timeout) }

// newSystemProc starts a goroutine that tracebacks, NumGoroutine and the search for deadlocks leave out. Rust.
func newSystemProc(fn func())

func runFinalizers() {
	for {
		fn, obj := nextFinalizer()
		fn()
		KeepAlive(obj)
	}
}

// cleanupQueue counts the goroutines that call cleanups.
type cleanupQueue struct {
	started uint32
}

var gcCleanups cleanupQueue

// createGs starts a goroutine for cleanups if there is none, or more are wanted and not too many.
func (q *cleanupQueue) createGs(more bool) {
	n := atomic.Load(&q.started)
	if n == 0 || more && n < uint32(GOMAXPROCS(0))/4 {
		if atomic.Cas(&q.started, n, n+1) {
			newSystemProc(runCleanups)
		}
	}
}

func runCleanups() {
	for {
		fn, more := nextCleanup()
		if more {
			gcCleanups.createGs(true)
		}
		fn()
	}
}

// SetFinalizer arranges for finalizer(obj) to run, in a goroutine of its own, some time after obj has become
// unreachable. obj must be a pointer to an object allocated by new, by taking the address of a composite literal or of a
// local variable; finalizer a function with one parameter to which obj is assignable. The object stays alive for the
// call, and has no finalizer any more after it. A nil finalizer removes the one that obj has.
//
// There is no guarantee that finalizers run before the program exits. New code should prefer AddCleanup.
func SetFinalizer(obj any, finalizer any) {
	e := efaceOf(&obj)
	if e._type == nil {
		throw("runtime.SetFinalizer: first argument is nil")
	}
	if e._type.Kind() != abi.Pointer {
		throw("runtime.SetFinalizer: first argument is " + toRType(e._type).string() + ", not pointer")
	}
	ot := (*ptrtype)(unsafe.Pointer(e._type))
	if ot.Elem == nil {
		throw("nil elem type!")
	}
	start, _ := findObject(e.data)
	if start == 0 {
		if isVariable(e.data) {
			return
		}
		throw("runtime.SetFinalizer: pointer not in allocated block")
	}
	// Tiny objects, which have no pointers, may share a block.
	const tinySize = 16
	if uintptr(e.data) != start && (ot.Elem.Pointers() || ot.Elem.Size_ >= tinySize) {
		throw("runtime.SetFinalizer: pointer not at beginning of allocated block")
	}
	f := efaceOf(&finalizer)
	if f._type == nil {
		setFinalizer(e.data, nil)
		return
	}
	if f._type.Kind() != abi.Func {
		throw("runtime.SetFinalizer: second argument is " + toRType(f._type).string() + ", not a function")
	}
	ft := (*functype)(unsafe.Pointer(f._type))
	mismatch := "runtime.SetFinalizer: cannot pass " + toRType(e._type).string() + " to finalizer " + toRType(f._type).string()
	if ft.IsVariadic() {
		throw(mismatch + " because dotdotdot")
	}
	if ft.InCount != 1 {
		throw(mismatch)
	}
	param := ft.InSlice()[0]
	var arg finalizerArg
	switch {
	case param == e._type:
	case param.Kind() == abi.Pointer:
		if param.Uncommon() != nil && e._type.Uncommon() != nil || (*ptrtype)(unsafe.Pointer(param)).Elem != ot.Elem {
			throw(mismatch)
		}
	case param.Kind() == abi.Interface:
		it := (*interfacetype)(unsafe.Pointer(param))
		arg.isInterface = true
		if len(it.Methods) == 0 {
			arg.word0 = unsafe.Pointer(e._type)
		} else if tab := assertE2I2(it, e._type); tab != nil {
			arg.word0 = unsafe.Pointer(tab)
		} else {
			throw(mismatch)
		}
	default:
		throw(mismatch)
	}
	createfing()
	// The closure must not keep the object alive, so it knows it as a number.
	data, fn := uintptr(e.data), f.data
	setFinalizer(e.data, func() { callFinalizer(ft, fn, arg, unsafe.Pointer(data)) })
	if checksFinalizers() {
		noteFinalCall(e.data, 0, ot.Elem, fn)
	}
}

// finalizerArg says how a finalizer takes its object: as a pointer, or as an interface with the given first word.
type finalizerArg struct {
	isInterface bool
	word0       unsafe.Pointer
}

// callFinalizer calls the func value fn of type ft with the object at data.
func callFinalizer(ft *functype, fn unsafe.Pointer, arg finalizerArg, data unsafe.Pointer) {
	// A frame as package reflect makes it; what the results are does not matter, only that there is room for them.
	retOffset := uintptr(1)
	if arg.isInterface {
		retOffset = 2
	}
	end := frameCursor(retOffset * goarch.PtrSize)
	for _, t := range ft.OutSlice() {
		end.next(t)
	}
	frame := make([]unsafe.Pointer, (uintptr(end)+goarch.PtrSize-1)/goarch.PtrSize)
	if arg.isInterface {
		frame[0], frame[1] = arg.word0, data
	} else {
		frame[0] = data
	}
	callWithFrame(ft, false, fn, unsafe.Pointer(&frame[0]), retOffset*goarch.PtrSize)
}

// AddCleanup arranges for cleanup(arg) to run, in a goroutine, some time after the object that ptr points to has become
// unreachable. The object may have several cleanups, and interior pointers will do. arg and whatever cleanup refers to
// must not keep the object reachable. There is no guarantee that cleanups run before the program exits.
func AddCleanup[T, S any](ptr *T, cleanup func(S), arg S) Cleanup {
	if ptr == nil {
		panic("runtime.AddCleanup: ptr is nil")
	}
	var argPtr unsafe.Pointer
	if k := abi.TypeOf(arg).Kind(); k == abi.Pointer || k == abi.UnsafePointer {
		argPtr = *(*unsafe.Pointer)(unsafe.Pointer(&arg))
	}
	if !mayHaveCleanup(unsafe.Pointer(ptr), argPtr, *(*unsafe.Pointer)(unsafe.Pointer(&cleanup))) {
		return Cleanup{}
	}
	gcCleanups.createGs(false)
	// A variable whose address is not taken is copied into the closure.
	captured := arg
	id := addCleanup(unsafe.Pointer(ptr), func() { cleanup(captured) })
	if id != 0 && checksFinalizers() {
		noteFinalCall(unsafe.Pointer(ptr), id, abi.TypeFor[T](), *(*unsafe.Pointer)(unsafe.Pointer(&cleanup)))
	}
	return Cleanup{id: id, ptr: uintptr(unsafe.Pointer(ptr))}
}

// mayHaveCleanup reports whether ptr is an object that can die. It panics if the cleanup's argument, or what its closure captures, would
// keep the object alive; both may be nil.
func mayHaveCleanup(ptr, arg, closure unsafe.Pointer) bool {
	if arg == ptr {
		panic("runtime.AddCleanup: ptr is equal to arg, cleanup will never run")
	}
	start, end := findObject(ptr)
	if start == 0 {
		if isVariable(ptr) {
			return false
		}
		panic("runtime.AddCleanup: ptr not in allocated block")
	}
	if start <= uintptr(arg) && uintptr(arg) < end {
		panic("runtime.AddCleanup: ptr is within arg, cleanup will never run")
	}
	var bits [64]byte
	for rest := closure; ; rest = add(rest, uintptr(len(bits))*goarch.PtrSize) {
		clear(bits[:])
		n := objectPointers(rest, &bits[0], len(bits))
		for i, isPointer := range bits {
			if isPointer == 0 {
				continue
			}
			p := *(*uintptr)(add(rest, uintptr(i)*goarch.PtrSize))
			if start <= p && p < end {
				panic("runtime.AddCleanup: cleanup function closes over ptr, cleanup will never run")
			}
		}
		if n <= len(bits) {
			return true
		}
	}
}

// Cleanup is a handle to a cleanup call for a specific object.
type Cleanup struct {
	id  uint64
	ptr uintptr // hidden from the collector
}

// Stop cancels the cleanup, unless it has been queued to run. The object must be reachable for the effect to be certain.
func (c Cleanup) Stop() {
	if c.id != 0 {
		stopCleanup(unsafe.Pointer(c.ptr), c.id)
	}
}

// A Pinner keeps objects alive and in place until Unpin, as long as it is reachable itself: one that is lost with objects pinned
// ends the program. The zero value is ready for use, and after Unpin it can be used again.
type Pinner struct {
	*pinner
}

// pinner is what copies of a Pinner share. Objects never move, so it just refers to those of the heap.
type pinner struct {
	refs []unsafe.Pointer
}

// Pin keeps the object that pointer, a pointer or unsafe.Pointer, points to. What is not on the heap needs no pinning.
func (p *Pinner) Pin(pointer any) {
	e := efaceOf(&pointer)
	if e._type == nil {
		panic(errorString("runtime.Pinner: argument is nil"))
	}
	if k := e._type.Kind(); k != abi.Pointer && k != abi.UnsafePointer {
		panic(errorString("runtime.Pinner: argument is not a pointer: " + toRType(e._type).string()))
	}
	if p.pinner == nil {
		p.pinner = sparePinner.take()
	}
	if p.pinner == nil {
		p.pinner = new(pinner)
		SetFinalizer(p.pinner, (*pinner).lost)
	}
	if lo, hi := heapBounds(); lo <= uintptr(e.data) && uintptr(e.data) < hi {
		p.refs = append(p.refs, e.data)
	}
}

// Unpin releases all objects that p keeps.
func (p *Pinner) Unpin() {
	if p.pinner == nil {
		return
	}
	p.unpin()
	if sparePinner.put(p.pinner) {
		p.pinner = nil
	}
}

func (p *pinner) unpin() {
	const keep = 16 // a small array is used again
	if cap(p.refs) > keep {
		p.refs = nil
		return
	}
	clear(p.refs)
	p.refs = p.refs[:0]
}

// lost is the finalizer.
func (p *pinner) lost() {
	if len(p.refs) != 0 {
		p.unpin()
		pinnerLeakPanic()
	}
}

// pinnerLeakPanic is a variable for the sake of a test.
var pinnerLeakPanic = func() {
	panic(errorString("runtime.Pinner: found leaking pinned pointer; forgot to call Unpin()?"))
}

// sparePinner has a pinner without objects for the next Pinner: a finalizer is dear.
var sparePinner pinnerSlot

type pinnerSlot struct {
	lock   mutex
	pinner *pinner
}

func (s *pinnerSlot) take() *pinner {
	lock(&s.lock)
	p := s.pinner
	s.pinner = nil
	unlock(&s.lock)
	return p
}

// put keeps p, if there is room.
func (s *pinnerSlot) put(p *pinner) bool {
	lock(&s.lock)
	free := s.pinner == nil
	if free {
		s.pinner = p
	}
	unlock(&s.lock)
	return free
}
