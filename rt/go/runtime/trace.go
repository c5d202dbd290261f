package runtime

// The execution trace. rt records events and forms the parts of the trace; here are their reader and the API.

import (
	"internal/runtime/atomic"
	_ "unsafe" // for go:linkname
)

// Rust entries. traceControl starts the trace, ends a generation or stops it and reports whether it was in that state
// before; traceRead returns the bytes of the next part that it has written to the buffer, 0 if there is none yet, or -1
// after the last.

func traceControl(what int) bool
func traceRead(buf *byte, n int) int

const (
	traceStart = iota
	traceAdvanceNow
	traceStop
)

// Every so often a generation ends, so that a reader of part of the trace finds something complete.
const traceGeneration = 1e9

var traceState struct {
	reading uint32 // a reader has not seen the end yet
	last    int64  // when the present generation began
	ended   uint32 // generations that have ended
	read    uint32 // of these, those that the reader is done with
	atEnd   bool   // the reader has been given the end of one
}

// StartTrace begins an execution trace, which ReadTrace delivers. It returns an error if there is one already.
func StartTrace() error {
	if atomic.Load(&traceState.reading) != 0 {
		return errorString("tracing is already enabled")
	}
	atomic.Store(&traceState.reading, 1)
	traceState.last = nanotime()
	traceControl(traceStart)
	return nil
}

// StopTrace ends the trace, if there is one, and returns when ReadTrace has delivered all of it.
func StopTrace() {
	if traceControl(traceStop) {
		atomic.Xadd(&traceState.ended, 1)
	}
	for atomic.Load(&traceState.reading) != 0 {
		timeSleep(200e3)
	}
}

// ReadTrace returns the next part of the trace, waiting for it; nil when the trace has ended. Only one goroutine may
// call it at a time.
func ReadTrace() []byte {
	const endOfGeneration = 52
	s := &traceState
	if s.atEnd {
		s.atEnd = false
		atomic.Xadd(&s.read, 1)
	}
	buf := make([]byte, 64<<10+64)
	for pause := int64(100e3); ; pause = min(2*pause, 10e6) {
		n := traceRead(&buf[0], len(buf))
		if n > 0 {
			s.atEnd = n == 1 && buf[0] == endOfGeneration
			return buf[:n]
		}
		if n < 0 {
			atomic.Store(&s.reading, 0)
			return nil
		}
		if nanotime()-s.last > traceGeneration {
			endGeneration()
		}
		timeSleep(pause)
	}
}

// traceAdvance ends a generation of the trace, or the trace, and returns when the reader is done with what came before.
//
//go:linkname traceAdvance
func traceAdvance(stopTrace bool) {
	if stopTrace {
		StopTrace()
		return
	}
	s := &traceState
	ended := endGeneration()
	for atomic.Load(&s.reading) != 0 && int32(atomic.Load(&s.read)-ended) < 0 {
		timeSleep(200e3)
	}
}

// endGeneration ends a generation and returns how many have ended.
func endGeneration() uint32 {
	s := &traceState
	s.last = nanotime()
	if traceControl(traceAdvanceNow) {
		return atomic.Xadd(&s.ended, 1)
	}
	return atomic.Load(&s.ended)
}

//go:linkname trace_userTaskCreate runtime/trace.userTaskCreate
func trace_userTaskCreate(id, parentID uint64, taskType string)

//go:linkname trace_userTaskEnd runtime/trace.userTaskEnd
func trace_userTaskEnd(id uint64)

//go:linkname trace_userRegion runtime/trace.userRegion
func trace_userRegion(id, mode uint64, name string)

//go:linkname trace_userLog runtime/trace.userLog
func trace_userLog(id uint64, category, message string)
