// Goroutines locked to threads: network waits while everything else is idle, in package initialisation and later, and threads whose
// state a goroutine has changed, which end with it and are not what new threads are cloned from.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

func echo(what string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	done := make(chan bool)
	go func() {
		c, err := l.Accept()
		if err != nil {
			panic(err)
		}
		time.Sleep(20 * time.Millisecond)
		io.Copy(c, c)
		c.Close()
		l.Close()
		close(done)
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(c, what)
	c.(*net.TCPConn).CloseWrite()
	text, err := io.ReadAll(c)
	<-done
	fmt.Printf("%q %v\n", text, err)
}

// pipe waits for the network with no other goroutine.
func pipe(what string) {
	r, w, _ := os.Pipe()
	var b [8]byte
	r.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, err := r.Read(b[:])
	fmt.Println(what, os.IsTimeout(err))
	r.SetReadDeadline(time.Time{})
	sleep := exec.Command("sleep", "0.02")
	sleep.ExtraFiles = []*os.File{w}
	if err := sleep.Start(); err != nil {
		panic(err)
	}
	w.Close()
	_, err = r.Read(b[:])
	fmt.Println(what, err)
	sleep.Wait()
}

func init() {
	pipe("init")
	echo("init")
}

// niceness of the calling thread, as the kernel returns it.
func niceness() int {
	n, _, _ := syscall.Syscall(syscall.SYS_GETPRIORITY, 0, 0, 0)
	return 20 - int(n)
}

func main() {
	base := niceness()
	runtime.LockOSThread()
	pipe("main")
	echo("main")
	runtime.UnlockOSThread()

	runtime.GOMAXPROCS(1)
	changed := 0
	for range 20 {
		tid := make(chan int)
		go func() {
			runtime.LockOSThread()
			syscall.Setpriority(0, 0, 17)
			tid <- syscall.Gettid()
			// Threads made meanwhile, while this one is blocked.
			time.Sleep(time.Millisecond)
		}()
		t := <-tid
		seen := make(chan int)
		for range 3 {
			go func() {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				seen <- niceness()
			}()
		}
		for range 3 {
			if <-seen != base {
				changed++
			}
		}
		for i := 0; t != os.Getpid() && syscall.Tgkill(os.Getpid(), t, 0) == nil; i++ {
			if i == 1000 {
				fmt.Println("the thread has not ended")
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	fmt.Println("changed:", changed)
}
