// Limits of the system: closed standard files, no more file descriptors, threads, address space or memory; a reader that goes away, children
// that are killed, children that cannot be started. The program runs itself for each case.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func limit(resource int, n uint64) {
	if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
		fmt.Println("setrlimit", err)
	}
}

var sink [][]byte

// RLIMIT_NPROC is not in package syscall.
const nproc = 6

var cases = map[string]func(){
	"closed": func() {
		result := os.NewFile(3, "result")
		for fd := range 3 {
			name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
			fmt.Fprintln(result, fd, strings.HasPrefix(name, "/dev/null"), err)
		}
	},
	"files": func() {
		limit(syscall.RLIMIT_NOFILE, 20)
		// Kept, because a collection closes files that nobody holds.
		var open []*os.File
		for {
			f, err := os.Open("/dev/null")
			if err != nil {
				fmt.Println(len(open) > 5, err)
				break
			}
			open = append(open, f)
		}
		fmt.Println(exec.Command("true").Run())
		_, _, err := os.Pipe()
		fmt.Println(err)
		runtime.KeepAlive(open)
	},
	"threads": func() {
		limit(nproc, 8)
		if os.Getuid() == 0 {
			if _, _, e := syscall.AllThreadsSyscall(syscall.SYS_SETUID, 54321, 0, 0); e != 0 {
				fmt.Println(e)
			}
		}
		for range 100 {
			go func() {
				runtime.LockOSThread()
				select {}
			}()
		}
		time.Sleep(10 * time.Second)
	},
	"memory": func() {
		for {
			sink = append(sink, make([]byte, 8<<20))
		}
	},
	"reader": func() {
		r, w, _ := os.Pipe()
		go func() {
			time.Sleep(20 * time.Millisecond)
			r.Read(make([]byte, 1<<10))
			r.Close()
		}()
		n, err := w.Write(make([]byte, 1<<20))
		fmt.Println(n > 0, err)
	},
	"output": func() {
		for {
			fmt.Println("line")
		}
	},
	"children": func() {
		c := exec.Command("sleep", "100")
		fmt.Println(c.Start())
		c.Process.Kill()
		fmt.Println(c.Wait())
		fmt.Println(exec.Command("sh", "-c", "kill -SEGV $$").Run())
		fmt.Println(exec.Command("/nonexistent").Run())
		fmt.Println(c.Process.Signal(os.Interrupt))
	},
}

func run(name, prefix string, extra ...*os.File) {
	cmd := exec.Command("sh", "-c", prefix+`exec "$0" "$@"`, os.Args[0], name)
	if strings.Contains(prefix, "&-") {
		cmd = exec.Command("sh", "-c", `"$0" "$@" `+prefix, os.Args[0], name)
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = &out, &out, extra
	err := cmd.Run()
	fmt.Println(name, prefix, err)
	for i, line := range strings.Split(out.String(), "\n") {
		if line == "" || i > 5 || strings.HasPrefix(line, "runtime: out of memory: cannot allocate") {
			break
		}
		if before, _, ok := strings.Cut(line, " (have "); ok {
			line = before
		}
		fmt.Println("\t" + line)
	}
}

func main() {
	if len(os.Args) > 1 {
		cases[os.Args[1]]()
		return
	}
	for _, redirection := range []string{"<&-", ">&-", "2>&-", "<&- >&- 2>&-"} {
		r, w, _ := os.Pipe()
		run("closed", redirection, w)
		w.Close()
		text := make([]byte, 1000)
		n, _ := r.Read(text)
		fmt.Print(string(text[:n]))
	}
	run("files", "")
	run("threads", "")
	run("memory", "ulimit -v 1000000; ")
	run("reader", "")
	run("children", "")

	cmd := exec.Command(os.Args[0], "output")
	out, _ := cmd.StdoutPipe()
	cmd.Start()
	out.Read(make([]byte, 10))
	out.Close()
	fmt.Println("output", cmd.Wait())
}
