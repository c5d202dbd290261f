package linux

// rawSyscall6 makes the system call with the number and arguments in a. rt; an array because its entries take at most
// six words.
//
//rgo:new
func rawSyscall6(a [7]uintptr) (r1, r2, errno uintptr)

// Syscall6 makes system call num. It is called in the child of vfork: no allocation, no stack growth.
//
//go:nosplit
func Syscall6(num, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, errno uintptr) {
	return rawSyscall6([7]uintptr{num, a1, a2, a3, a4, a5, a6})
}
