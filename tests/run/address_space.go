// A limit on the address space that the program sets while it runs: threads and memory as long as there is some, then "out of memory". The
// program is its own child.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

var sink [][]byte

func limited() {
	var pages uint64
	size, _ := os.ReadFile("/proc/self/statm")
	fmt.Sscan(string(size), &pages)
	limit := pages<<12 + 512<<20
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		fmt.Println(err)
	}
	var started sync.WaitGroup
	for range 20 {
		started.Add(1)
		go func() {
			runtime.LockOSThread()
			started.Done()
			select {}
		}()
	}
	started.Wait()
	sink = append(sink, make([]byte, 100<<20))
	fmt.Println("20 threads, 100 MB")
	for range 1000 {
		sink = append(sink, make([]byte, 8<<20))
	}
	fmt.Println("no limit")
}

func main() {
	if len(os.Args) > 1 {
		limited()
		return
	}
	cmd := exec.Command("/proc/self/exe", "limited")
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = os.Stdout, &errs
	fmt.Println(cmd.Run(), strings.Contains(errs.String(), "\nfatal error: out of memory\n"))
}
