// iter.Pull on goroutines that are locked to their thread: the coroutine runs on that thread, and the lock comes back.
package main

import (
	"fmt"
	"iter"
	"runtime"
	"syscall"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// During initialisation the main goroutine is locked to the main thread.
var early = func() (sum int) {
	next, stop := iter.Pull(count(10))
	defer stop()
	for {
		v, ok := next()
		if !ok {
			return
		}
		sum += v
	}
}()

func sameThread() bool {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tid := syscall.Gettid()
	same := true
	next, stop := iter.Pull(func(yield func(int) bool) {
		for i := 0; ; i++ {
			same = same && syscall.Gettid() == tid
			runtime.Gosched()
			if !yield(i) {
				break
			}
		}
		same = same && syscall.Gettid() == tid
	})
	for range 20 {
		next()
		same = same && syscall.Gettid() == tid
		runtime.Gosched()
	}
	stop()
	return same && syscall.Gettid() == tid
}

func main() {
	fmt.Println(early)
	done := make(chan bool)
	for range 8 {
		go func() {
			ok := sameThread()
			// Not locked any more: another coroutine, from start to end.
			next, _ := iter.Pull(count(3))
			for _, more := next(); more; _, more = next() {
				runtime.Gosched()
			}
			done <- ok
		}()
	}
	all := true
	for range 8 {
		all = <-done && all
	}
	fmt.Println(all)

	// A panic in the sequence comes out of next.
	next, stop := iter.Pull(func(yield func(int) bool) { yield(1); panic("out") })
	defer stop()
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		next()
		next()
	}()
}
