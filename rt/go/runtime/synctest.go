package runtime

// Bubbles of testing/synctest. The scheduler keeps them (Rust); this file is what internal/synctest calls.

import (
	"internal/runtime/sys"
	"unsafe"
)

// Rust entries. The goroutine that calls synctestBegin becomes the root of a new bubble, in which fn runs; it calls synctestStep
// until that says what became of the bubble.

func synctestBegin(fn func(), pc uintptr)
func synctestStep() int
func synctestEnd()
func synctestWait() bool
func synctestID() int
func synctestHold() unsafe.Pointer
func synctestRelease(bubble unsafe.Pointer)
func synctestEnter(bubble unsafe.Pointer)

// Answers of synctestStep.
const (
	bubbleGoesOn     = 0
	bubbleEnded      = 1
	bubbleLeftOver   = 2 // the main goroutine has ended, others cannot
	bubbleAllBlocked = 3
)

// synctestDeadlockError is the panic of a bubble in which nothing can happen any more.
type synctestDeadlockError struct {
	reason string
	bubble int
}

func (e synctestDeadlockError) Error() string { return e.reason }

//go:linkname synctest_run internal/synctest.Run
func synctest_run(f func()) {
	if getg().bubble != nil {
		panic("synctest.Run called from within a synctest bubble")
	}
	synctestBegin(f, sys.GetCallerPC())
	defer synctestEnd()
	state := bubbleGoesOn
	for state == bubbleGoesOn {
		state = synctestStep()
	}
	switch state {
	case bubbleLeftOver:
		panic(synctestDeadlockError{"deadlock: main bubble goroutine has exited but blocked goroutines remain", synctestID()})
	case bubbleAllBlocked:
		panic(synctestDeadlockError{"deadlock: all goroutines in bubble are blocked", synctestID()})
	}
}

//go:linkname synctest_wait internal/synctest.Wait
func synctest_wait() {
	if getg().bubble == nil {
		panic("goroutine is not in a bubble")
	}
	if !synctestWait() {
		panic("wait already in progress")
	}
}

//go:linkname synctest_isInBubble internal/synctest.IsInBubble
func synctest_isInBubble() bool { return getg().bubble != nil }

// heldBubble is what the holder of a bubble gets to see.
type heldBubble struct {
	bubble unsafe.Pointer
}

//go:linkname synctest_acquire internal/synctest.acquire
func synctest_acquire() any {
	if b := synctestHold(); b != nil {
		return heldBubble{b}
	}
	return nil
}

//go:linkname synctest_release internal/synctest.release
func synctest_release(b any) { synctestRelease(b.(heldBubble).bubble) }

//go:linkname synctest_inBubble internal/synctest.inBubble
func synctest_inBubble(b any, f func()) {
	if getg().bubble != nil {
		panic("goroutine is already bubbled")
	}
	synctestEnter(b.(heldBubble).bubble)
	defer synctestEnter(nil)
	f()
}
