//! Goroutines, stacks, scheduler, panics raised by rt, tracebacks.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    // Goroutines. newproc's closure takes no parameters and has no results.
    e("runtime.newproc", "p:", G0, GC),
    e("runtime.Gosched", ":", G0, PARK),
    e("runtime.goexit1", ":", G0, PARK), // ends the goroutine; deferred calls have been run
    e("runtime.block", ":", G0, PARK),   // select {}
    e("runtime.breakpoint", ":", Leaf, NONE), // int3
    e("runtime.getg", ":p", Leaf, NONE),
    e("runtime.goid", ":i", Leaf, NONE),
    e("runtime.mainStarted", ":", G0, NONE), // main calls it when package initialisers may start goroutines
    e("runtime.mainInitDone", ":", G0, NONE), // unlocks the main thread
    e("runtime.newSystemProc", "p:", G0, GC), // as newproc, for a goroutine of the runtime: not alive for NumGoroutine, deadlock
    e("runtime.NumGoroutine", ":i", G0, NONE),
    e("runtime.NumCPU", ":i", Leaf, NONE),
    e("runtime.gomaxprocs", "i:i", G0, PARK), // n <= 0 only asks
    e("runtime.SetDefaultGOMAXPROCS", ":", G0, PARK),
    e("runtime.LockOSThread", ":", G0, NONE),
    e("runtime.lockState", ":pi", Leaf, NONE), // M that the goroutine is wired to, or 0, and how often
    e("runtime.startPanic", ":b", G0, NONE), // begins the report of a panic; false: while another failure is being reported
    e("runtime.UnlockOSThread", ":", Leaf, NONE),
    e("runtime.procPin", ":i", Leaf, NONE),
    e("runtime.procUnpin", ":", Leaf, NONE),
    e("sync.runtime_procPin", ":i", Leaf, NONE),
    e("sync.runtime_procUnpin", ":", Leaf, NONE),
    e("sync/atomic.runtime_procPin", ":i", Leaf, NONE),
    e("sync/atomic.runtime_procUnpin", ":", Leaf, NONE),
    e("internal/sync.runtime_canSpin", "i:b", Leaf, NONE),
    e("internal/sync.runtime_doSpin", ":", Leaf, NONE),
    // Coroutines.
    e("runtime.coroutineExit", "p:", G0, PARK), // end the caller and run that g, parked in a switch, at once
    e("runtime.newCoroutine", "p:p", G0, GC),   // closure -> g, not yet runnable
    e("runtime.switchTo", "p:", G0, PARK),      // park the caller and run that g at once
    // Bubbles, see overlay synctest.go.
    e("runtime.synctestBegin", "pp:", G0, GC), // closure, pc of the creator
    e("runtime.synctestStep", ":i", G0, PARK),
    e("runtime.synctestEnd", ":", G0, NONE),
    e("runtime.synctestWait", ":b", G0, PARK),
    e("runtime.synctestID", ":i", G0, NONE),
    e("runtime.synctestHold", ":p", G0, NONE),
    e("runtime.synctestRelease", "p:", G0, NONE),
    e("runtime.synctestEnter", "p:", G0, NONE),
    e("internal/synctest.associate", "p:i", G0, NONE), // -> 0 none, 1 current bubble, 2 another
    e("internal/synctest.disassociate", "p:", G0, NONE),
    e("internal/synctest.isAssociated", "p:b", G0, NONE),
    // System calls.
    e("runtime.entersyscall", ":", G0, NONE),
    e("runtime.exitsyscall", ":", G0, PARK),
    e("syscall.runtime_entersyscall", ":", G0, NONE),
    e("syscall.runtime_exitsyscall", ":", G0, PARK),
    // Panics, defers. `runtime.resume(fp, func_entry)` continues a recovered function at its handler.
    e("runtime.resume", "pp:", Leaf, NONE),
    e("runtime.panicArgs", ":ii", Leaf, NONE),
    // Frame pointer of a function -> that of its caller, callers flagged WRAPPER (and `rt.lessstack` seams) skipped.
    e("runtime.recoverFrame", "p:p", G0, NONE),
    // Calls with a signature known at run time, on the goroutine's stack: code, closure, *nativeRegs. nativeStub is never
    // called directly: its address is the code word of closures made by reflect.
    e("runtime.callNative", "ppp:", Leaf, PANIC),
    e("runtime.nativeStub", ":", Leaf, NONE),
    // Tracebacks and symbols. pcs are return addresses; skip 0 is the caller of `callers`.
    e("runtime.callers", "ipi:i", G0, NONE), // skip, buffer, its length -> count
    e("runtime.callersOf", "pipi:i", G0, NONE), // g, skip, buffer, length -> count
    e("runtime.findfunc", "p:p", G0, NONE),  // pc -> entry of its function or nil
    e("runtime.pcInfo", "pip:b", G0, NONE),  // pc, inline depth, *pcInfo (see overlay) -> found
    e("runtime.stackText", "pib:i", G0, PARK), // runtime.Stack: buffer, length, all -> bytes written
    // *[n]uintptr, n, *[m]labels, m, only leaked ones -> words needed, goroutines. Per goroutine: count, pcs.
    e("runtime.goroutineStacks", "pipib:ii", G0, PARK),
    e("runtime.setTracebackLabels", "b:", Leaf, NONE), // tracebacks show the labels of goroutines
    e("runtime.schedStats", "pi:", G0, NONE),          // buffer, words; see overlay metrics.go
    e("runtime.cpuTime", ":i", G0, NONE),              // of the process, nanoseconds
    // Profiles, see overlay prof.go.
    e("runtime.profileRecords", "ipi:i", G0, NONE), // kind, *[n]uintptr, n -> words needed
    e("runtime.blockevent", "ii:", G0, NONE),
    e("runtime.setBlockProfileRate", "i:", Leaf, NONE),
    e("runtime.setMutexProfileFraction", "i:i", Leaf, NONE),
    e("runtime.memProfileRateIs", "p:", Leaf, NONE), // address of MemProfileRate
    e("runtime.setCPUProfile", "ipp:b", G0, NONE),   // hz, entries of the pseudo functions -> was off
    e("runtime.readCPUProfile", "pipi:ii", G0, NONE), // data, words, tags, number -> words, tags written
    // Execution trace, see overlay trace.go.
    e("runtime.traceControl", "i:b", G0, PARK), // 0 start, 1 end a generation, 2 stop -> done
    e("runtime.traceRead", "pi:i", G0, NONE), // buffer, length -> bytes written, 0 nothing yet, -1 nothing more
    e("runtime/trace.userTaskCreate", "iipi:", G0, NONE),
    e("runtime/trace.userTaskEnd", "i:", G0, NONE),
    e("runtime/trace.userRegion", "iipi:", G0, NONE),
    e("runtime/trace.userLog", "ipipi:", G0, NONE),
    // Fatal endings. Strings are ptr, len.
    e("runtime.throwRT", "pi:", G0, NONE),
    e("runtime.fatalRT", "pi:", G0, NONE),
    e("runtime.dieFromPanic", "i:", G0, NONE), // after printpanics: traceback (also of that bubble's goroutines), exit status 2
    // print and println. Each is called between printlock and printunlock.
    e("runtime.printlock", ":", G0, NONE),
    e("runtime.printunlock", ":", G0, NONE),
    e("runtime.printstring", "pi:", G0, NONE),
    e("runtime.printint", "i:", G0, NONE),
    e("runtime.printuint", "i:", G0, NONE),
    e("runtime.printhex", "i:", G0, NONE),
    e("runtime.printpointer", "p:", G0, NONE),
    e("runtime.printbool", "b:", G0, NONE),
    e("runtime.printsp", ":", G0, NONE),
    e("runtime.printnl", ":", G0, NONE),
];
