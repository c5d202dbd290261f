//! Process, system calls, fork, signals.
use super::*;

pub(super) const ENTRIES: &[Entry] = &[
    // Arguments and environment as counted C strings: the overlay makes the slices.
    e("runtime.argc", ":i", Leaf, NONE),
    e("runtime.argv", ":p", Leaf, NONE), // **byte
    e("runtime.envp", ":p", Leaf, NONE), // **byte, nil-terminated
    e("runtime.isSecureMode", ":b", Leaf, NONE),
    e("runtime.auxv", ":p", Leaf, NONE), // *[2]uintptr pairs, up to tag 0
    e("runtime.exit", "i:", G0, NONE),
    e("syscall.Exit", "i:", G0, NONE),
    e("syscall.Getpagesize", ":i", Leaf, NONE),
    // Memory argument [7]uintptr: number and arguments -> r1, r2, errno. By value, so that nothing of a raw system call
    // (the child of vfork makes them) lives on the heap.
    e("internal/runtime/syscall/linux.rawSyscall6", "p:ppp", Leaf, NONE),
    e("syscall.rawSyscallNoError", "pppp:pp", Leaf, NONE),
    e("syscall.rawVforkSyscall", "pppp:pp", Leaf, NONE),
    e("syscall.gettimeofday", "p:p", G0, NONE),
    e("runtime.allThreadsSyscall", "p:", G0, PARK), // *[10]uintptr: number, arguments, then r1, r2, errno; on every thread
    e("runtime.write", "ppw:w", Leaf, NONE),
    e("internal/godebug.write", "ppw:w", Leaf, NONE),
    e("internal/syscall/unix.fcntl", "www:ww", Leaf, NONE),
    e("syscall.runtime_BeforeFork", ":", G0, NONE),
    e("syscall.runtime_AfterFork", ":", G0, NONE),
    e("syscall.runtime_AfterForkInChild", ":", G0, NONE),
    e("syscall.runtime_BeforeExec", ":", G0, PARK),
    e("syscall.runtime_AfterExec", ":", G0, NONE),
    // Signals.
    e("os.sigpipe", ":", G0, NONE),
    e("os.ignoreSIGSYS", ":", G0, NONE),
    e("os.restoreSIGSYS", ":", G0, NONE),
    e("os/signal.signal_enable", "w:", G0, NONE),
    e("os/signal.signal_disable", "w:", G0, NONE),
    e("os/signal.signal_ignore", "w:", G0, NONE),
    e("os/signal.signal_ignored", "w:b", G0, NONE),
    e("os/signal.signal_recv", ":w", G0, PARK),
    e("os/signal.signalWaitUntilIdle", ":", G0, PARK),
    e("runtime/debug.runtime_setCrashFD", "p:p", Leaf, NONE),
    e("runtime.dumpMemory", "p:", G0, PARK),
    e("runtime.heapBounds", ":pp", Leaf, NONE),
    e("runtime/debug.SetTraceback", "pi:", Leaf, NONE),
];
