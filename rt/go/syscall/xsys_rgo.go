package syscall

import _ "unsafe"

// The functions that golang.org/x/sys/unix has in assembly, nearly all of it jumps to this package.

//go:linkname xsysSyscall golang.org/x/sys/unix.Syscall
func xsysSyscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err Errno) {
	return Syscall(trap, a1, a2, a3)
}

//go:linkname xsysSyscall6 golang.org/x/sys/unix.Syscall6
func xsysSyscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	return Syscall6(trap, a1, a2, a3, a4, a5, a6)
}

//go:linkname xsysSyscallNoError golang.org/x/sys/unix.SyscallNoError
func xsysSyscallNoError(trap, a1, a2, a3 uintptr) (r1, r2 uintptr) {
	r1, r2, _ = Syscall(trap, a1, a2, a3)
	return
}

//go:linkname xsysRawSyscall golang.org/x/sys/unix.RawSyscall
func xsysRawSyscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err Errno) {
	return RawSyscall(trap, a1, a2, a3)
}

//go:linkname xsysRawSyscall6 golang.org/x/sys/unix.RawSyscall6
func xsysRawSyscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	return RawSyscall6(trap, a1, a2, a3, a4, a5, a6)
}

//go:linkname xsysRawSyscallNoError golang.org/x/sys/unix.RawSyscallNoError
func xsysRawSyscallNoError(trap, a1, a2, a3 uintptr) (r1, r2 uintptr) {
	r1, r2, _ = RawSyscall(trap, a1, a2, a3)
	return
}

//go:linkname xsysGettimeofday golang.org/x/sys/unix.gettimeofday
func xsysGettimeofday(tv *Timeval) Errno {
	if err, ok := Gettimeofday(tv).(Errno); ok {
		return err
	}
	return 0
}

// No processor feature is reported: golang.org/x/sys/cpu is asked in order to choose assembly, and there is none.

//go:linkname xsysCpuid golang.org/x/sys/cpu.cpuid
func xsysCpuid(eaxArg, ecxArg uint32) (eax, ebx, ecx, edx uint32) { return 0, 0, 0, 0 }

//go:linkname xsysXgetbv golang.org/x/sys/cpu.xgetbv
func xsysXgetbv() (eax, edx uint32) { return 0, 0 }
