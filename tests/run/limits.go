// Limits: what happens when memory, threads, descriptors or standard files run out. The program is its own child.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

var (
	sink []byte
	huge = 1 << 46
)

var children = map[string]func(){
	"memory": func() { sink = make([]byte, huge) },
	"max threads": func() {
		debug.SetMaxThreads(12)
		for range 50 {
			go func() {
				runtime.LockOSThread()
				time.Sleep(time.Hour)
			}()
		}
		time.Sleep(time.Hour)
	},
	"descriptors": func() {
		syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 20, Max: 20})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		var files []*os.File
		for err == nil {
			var f *os.File
			f, err = os.Open("/dev/null")
			files = append(files, f)
		}
		fmt.Println(err, errors.Is(err, syscall.EMFILE))
		_, err = net.Dial("tcp", l.Addr().String())
		fmt.Println(errors.Is(err, syscall.EMFILE))
		_, err = exec.Command("/bin/true").Output()
		fmt.Println(errors.Is(err, syscall.EMFILE))
		files[0].Close()
		f, err := os.Open("/dev/null")
		fmt.Println(f != nil, err)
		// A collection closes what nobody holds.
		runtime.KeepAlive(l)
		runtime.KeepAlive(files)
	},
	"full pipe": func() {
		r, w, _ := os.Pipe()
		w.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
		n, err := w.Write(make([]byte, 1<<20))
		fmt.Println(n > 0 && n < 1<<20, errors.Is(err, os.ErrDeadlineExceeded))
		r.Close()
		w.SetWriteDeadline(time.Time{})
		_, err = w.Write([]byte("x"))
		fmt.Println(errors.Is(err, syscall.EPIPE))
	},
	"closed stdout": func() {
		os.Stdout.Close()
		_, err := fmt.Println("lost")
		println(err != nil, errors.Is(err, os.ErrClosed))
	},
	"broken stdout": func() {
		for {
			fmt.Println("into a pipe that nobody reads")
		}
	},
	"inherited": func() {
		for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
			got := make(chan os.Signal, 1)
			fmt.Print(signal.Ignored(s), " ")
			signal.Notify(got, s)
			syscall.Kill(os.Getpid(), s.(syscall.Signal))
			fmt.Print(<-got, " ", signal.Ignored(s), " ")
			signal.Stop(got)
			syscall.Kill(os.Getpid(), s.(syscall.Signal))
			time.Sleep(10 * time.Millisecond)
			fmt.Println("ignored again")
		}
	},
}

var digits = regexp.MustCompile(`\d+`)

func main() {
	if len(os.Args) > 1 {
		children[os.Args[1]]()
		return
	}
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT)
	for _, name := range []string{"memory", "max threads", "descriptors", "full pipe", "closed stdout", "broken stdout", "inherited"} {
		cmd := exec.Command("/proc/self/exe", name)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if name == "broken stdout" {
			r, w, _ := os.Pipe()
			cmd.Stdout = w
			r.Close()
		}
		err := cmd.Run()
		fmt.Printf("%s: %v\n%s", name, err, out.String())
		if name == "memory" {
			fmt.Println(" ", strings.Contains(errs.String(), "out of memory\n"))
			continue
		}
		for line := range strings.Lines(errs.String()) {
			if strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "runtime: ") || strings.HasPrefix(line, "true") {
				fmt.Print("  ", digits.ReplaceAllString(line, "N"))
			}
		}
	}
}
