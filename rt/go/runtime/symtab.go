package runtime

// Callers and what program counters mean. rt decodes the function table; this file makes the API of it.

import (
	"internal/bytealg"
	"unsafe"
)

// pcInfo is what rt knows of a program counter; its layout is known there.
type pcInfo struct {
	name      string // of the function, inlined or not
	file      string
	line      int     // of the instruction
	entry     uintptr // of the machine function
	startLine int     // of the func keyword
	inlined   bool    // there is an outer function at inline depth + 1
	wrapper   bool    // compiler-made
}

// Rust entries. findfunc returns the entry address of the function that pc lies in, or 0. Buffers hold return addresses; skip 0 means the caller of callers. pcInfoOf describes the instruction
// that contains pc (not the one before), at inline depth 0 the innermost function.

func callers(skip int, buf *uintptr, n int) int
func callersOf(gp *g, skip int, buf *uintptr, n int) int
func findfunc(pc uintptr) uintptr

//go:linkname pcInfoOf runtime.pcInfo
func pcInfoOf(pc uintptr, depth int, info *pcInfo) bool
func stackText(buf *byte, n int, all bool) int

// inlineShift is where a program counter from Callers says which of the calls inlined there is meant, if several are.
// Other program counters mean all of them.
const inlineShift = 56

// A Frame describes one function call on a stack, as returned by Frames.
type Frame struct {
	// PC is the location in this frame: for a frame that calls another, a place inside the call instruction. Frames of
	// inlined functions share it.
	PC uintptr
	// Func is the function; nil if it is not Go code or was inlined.
	Func *Func
	// Function is the function's name with its package path, or "".
	Function string
	// File and Line are the place in the source, "" and 0 if unknown.
	File string
	Line int

	startLine int
	symbol    string // Function with its type arguments

	// Entry is the address of the function's code, or 0.
	Entry uintptr
}

// Frames turns the result of Callers into frames.
type Frames struct {
	pcs   []uintptr
	pc    uintptr // whose inlined functions are being returned
	depth int
	next  Frame
	ready bool // next is valid
}

// CallersFrames prepares to describe the calls whose program counters Callers returned. The slice must not change until
// all frames have been read.
func CallersFrames(callers []uintptr) *Frames {
	return &Frames{pcs: callers}
}

// Next returns the next frame, the innermost call first, and whether there is another one after it. At the end it
// returns a zero Frame.
func (f *Frames) Next() (frame Frame, more bool) {
	if !f.ready {
		f.fetch()
	}
	if !f.ready {
		return Frame{}, false
	}
	frame = f.next
	f.ready = false
	f.fetch()
	return frame, f.ready
}

// fetch finds the next frame.
func (f *Frames) fetch() {
	var info pcInfo
	for !f.ready {
		if f.pc == 0 {
			if len(f.pcs) == 0 {
				return
			}
			pc := f.pcs[0]
			f.pcs = f.pcs[1:]
			entry := findfunc(pc)
			if entry == 0 {
				continue
			}
			if pc > entry {
				pc-- // back into the call instruction
			}
			f.pc, f.depth = pc, 0
		}
		if !pcInfoOf(f.pc, f.depth, &info) {
			f.pc = 0
			continue
		}
		f.next = Frame{PC: f.pc, Function: funcNameForPrint(info.name), File: info.file, Line: info.line,
			startLine: info.startLine, symbol: info.name, Entry: info.entry}
		if !info.inlined {
			f.next.Func = funcOfEntry(info.entry)
		}
		if info.inlined && f.pc>>inlineShift == 0 {
			f.depth++
		} else {
			f.pc = 0
		}
		f.ready = !info.wrapper
	}
}

// Callers fills pc with the return addresses of the calling goroutine's stack, omitting the innermost skip calls (0
// begins with Callers itself, 1 with its caller), and returns their number. Use CallersFrames to find out what they mean.
//
//go:noinline
func Callers(skip int, pc []uintptr) int {
	if len(pc) == 0 {
		return 0
	}
	return callers(skip, &pc[0], len(pc))
}

// Caller returns the place of a call on the calling goroutine's stack; skip 0 is the caller of Caller.
//
//go:noinline
func Caller(skip int) (pc uintptr, file string, line int, ok bool) {
	var pcs [1]uintptr
	if callers(skip+1, &pcs[0], 1) < 1 {
		return
	}
	f := Frames{pcs: pcs[:]}
	frame, _ := f.Next()
	return frame.PC, frame.File, frame.Line, frame.PC != 0
}

// Stack writes a traceback of the calling goroutine, and of all others if all is set, to buf, as far as it fits, and
// returns the number of bytes.
//
//go:noinline
func Stack(buf []byte, all bool) int {
	if len(buf) == 0 {
		return 0
	}
	return stackText(&buf[0], len(buf), all)
}

// A Func is a function of the program. Pointers to it are the address of its code, or, for a function that was inlined
// where FuncForPC found it, of an inlinedFunc.
type Func struct {
	opaque struct{}
}

type inlinedFunc struct {
	info pcInfo
}

func funcOfEntry(entry uintptr) *Func { return (*Func)(unsafe.Pointer(entry)) }

// info describes f.
func (f *Func) info() (info pcInfo) {
	pc := uintptr(unsafe.Pointer(f))
	if findfunc(pc) == 0 {
		return (*inlinedFunc)(unsafe.Pointer(f)).info
	}
	// The outermost function at an instruction is the machine function itself.
	for depth := 0; pcInfoOf(pc, depth, &info) && info.inlined; depth++ {
	}
	return info
}

// FuncForPC returns the function whose code contains pc, or nil; the innermost if functions were inlined there.
func FuncForPC(pc uintptr) *Func {
	var info pcInfo
	if !pcInfoOf(pc, 0, &info) {
		return nil
	}
	if info.inlined {
		return (*Func)(unsafe.Pointer(&inlinedFunc{info}))
	}
	return funcOfEntry(info.entry)
}

// Name returns the function's name with its package path.
func (f *Func) Name() string {
	if f == nil {
		return ""
	}
	info := f.info()
	return funcNameForPrint(info.name)
}

// Entry returns the address of the function's code.
func (f *Func) Entry() uintptr {
	info := f.info()
	return info.entry
}

// FileLine returns the source place of the instruction at pc, which lies in f.
func (f *Func) FileLine(pc uintptr) (file string, line int) {
	var info pcInfo
	if findfunc(uintptr(unsafe.Pointer(f))) == 0 {
		info = f.info()
	} else {
		pcInfoOf(pc, 0, &info)
	}
	return info.file, info.line
}

// funcname returns the name of the function with this entry address.
func funcname(entry uintptr) string {
	info := funcOfEntry(entry).info()
	return info.name
}

// funcNameForPrint shortens the type arguments in a function's name to [...].
func funcNameForPrint(name string) string {
	i := bytealg.IndexByteString(name, '[')
	if i < 0 {
		return name
	}
	j := len(name) - 1
	for name[j] != ']' {
		j--
	}
	if j <= i {
		return name
	}
	return name[:i] + "[...]" + name[j+1:]
}

//go:linkname pprof_FrameStartLine runtime/pprof.runtime_FrameStartLine
func pprof_FrameStartLine(f *Frame) int { return f.startLine }

//go:linkname pprof_FrameSymbolName runtime/pprof.runtime_FrameSymbolName
func pprof_FrameSymbolName(f *Frame) string { return f.symbol }

// pprof_expandFinalInlineFrame has nothing to do: each element of a stack is a return address of a machine function,
// and all functions inlined there are meant.
//
//go:linkname pprof_expandFinalInlineFrame runtime/pprof.runtime_expandFinalInlineFrame
func pprof_expandFinalInlineFrame(stk []uintptr) []uintptr { return stk }
