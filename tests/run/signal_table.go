// What a Go program does at each of the 64 signals when a process sends it: by itself, with the signal ignored or blocked by the
// parent, and after each call of os/signal; and which dispositions and masks it, and what it starts, then have.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// Whether the child leaves a report's first line is part of the result.
func result(cmd *exec.Cmd, stderr *strings.Builder) string {
	err := cmd.Start()
	if err != nil {
		return err.Error()
	}
	var ws syscall.WaitStatus
	stopped := false
	for {
		_, err = syscall.Wait4(cmd.Process.Pid, &ws, syscall.WUNTRACED, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return err.Error()
		}
		if !ws.Stopped() {
			break
		}
		stopped = true
		cmd.Process.Kill()
	}
	cmd.Wait()
	switch {
	case stopped:
		return "stopped"
	case ws.Signaled():
		return "killed"
	case ws.ExitStatus() >= 64:
		return "survived" + []string{"", ", told", ", ignored", ", told and ignored"}[ws.ExitStatus()-64]
	}
	first, rest, _ := strings.Cut(stderr.String(), "\n")
	name, what, _ := strings.Cut(first, ":")
	if what == "" || !strings.HasPrefix(name, "SIG") {
		what = " " + first
	}
	if !strings.HasPrefix(rest, "PC=") || !strings.Contains(rest, "\ngoroutine 1 ") || !strings.Contains(rest, "\nrip ") {
		what += " (incomplete)"
	}
	return fmt.Sprintf("exit %d with a report", ws.ExitStatus()) + strings.TrimPrefix(what, strings.TrimSuffix(what, " (incomplete)"))
}

// Others: inherit-ignored, ignore, stop, ignore-notify-stop, context.
var scenarios = []string{"plain", "inherit-blocked", "notify", "ignore-reset", "inherit-ignored-notify-stop"}

// isNoise: runtimes send themselves SIGURG to preempt goroutines, and whoever asked for it is told.
func isNoise(scenario string, n int) bool {
	return n == 23 && scenario != "plain"
}

func run(scenario string) {
	results := make([]string, 65)
	var wg sync.WaitGroup
	tokens := make(chan bool, 64)
	for n := 1; n <= 64; n++ {
		if isNoise(scenario, n) {
			continue
		}
		tokens <- true
		wg.Add(1)
		go func() {
			defer wg.Done()
			var stderr strings.Builder
			cmd := exec.Command(os.Args[0], "child", scenario, strconv.Itoa(n))
			if strings.HasPrefix(scenario, "inherit-ignored") {
				cmd = exec.Command("/bin/sh", "-c", `trap '' `+strconv.Itoa(n)+`; exec "$@"`, "sh", os.Args[0], "child", scenario, strconv.Itoa(n))
			}
			cmd.Stderr = &stderr
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			results[n] = result(cmd, &stderr)
			<-tokens
		}()
	}
	wg.Wait()
	var order []string
	groups := map[string][]int{}
	for n := 1; n <= 64; n++ {
		if isNoise(scenario, n) {
			continue
		}
		if groups[results[n]] == nil {
			order = append(order, results[n])
		}
		groups[results[n]] = append(groups[results[n]], n)
	}
	fmt.Println(scenario)
	for _, r := range order {
		fmt.Printf("\t%s:%s\n", r, ranges(groups[r]))
	}
}

func ranges(list []int) string {
	s := ""
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		s += " " + strconv.Itoa(list[i])
		if j > i {
			s += "-" + strconv.Itoa(list[j])
		}
		i = j + 1
	}
	return s
}

func block(n int) {
	runtime.LockOSThread()
	set := uint64(1) << (n - 1)
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, 0, uintptr(unsafe.Pointer(&set)), 0, 8, 0, 0)
}

func child(scenario string, n int) {
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	sig := syscall.Signal(n)
	c := make(chan os.Signal, 10)
	ctx, cancel := context.Background(), func() {}
	wait := 150 * time.Millisecond
	told := func() bool {
		select {
		case <-c:
			return true
		case <-ctx.Done():
			return true
		case <-time.After(wait):
			return false
		}
	}
	switch strings.TrimPrefix(scenario, "inherit-ignored-") {
	case "inherit-blocked":
		if os.Getenv("BLOCKED") == "" {
			block(n)
			os.Setenv("BLOCKED", "1")
			panic(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
		}
		syscall.Kill(os.Getpid(), sig)
		if told() {
			os.Exit(66)
		}
		signal.Notify(c, sig)
	case "ignore":
		signal.Ignore(sig)
	case "notify":
		signal.Notify(c, sig)
	case "stop", "notify-stop":
		signal.Notify(c, sig)
		signal.Stop(c)
	case "ignore-reset":
		signal.Ignore(sig)
		signal.Reset(sig)
	case "ignore-notify-stop":
		signal.Ignore(sig)
		signal.Notify(c, sig)
		signal.Stop(c)
	case "context":
		ctx, cancel = signal.NotifyContext(ctx, sig)
	}
	defer cancel()
	if (scenario == "notify" || scenario == "context" || scenario == "inherit-blocked") && n != 27 && n != 33 {
		wait = 10 * time.Second
	}
	syscall.Kill(os.Getpid(), sig)
	code := 64
	if told() {
		code++
	}
	if signal.Ignored(sig) {
		code += 2
	}
	os.Exit(code)
}

// sets prints the masks in a file like /proc/self/status.
func sets(what, status string) {
	for _, line := range strings.Split(status, "\n") {
		name, value, _ := strings.Cut(line, ":\t")
		switch name {
		case "SigBlk", "SigIgn", "SigCgt":
			bits, _ := strconv.ParseUint(value, 16, 64)
			var list []int
			for n := 1; n <= 64; n++ {
				if bits>>(n-1)&1 != 0 {
					list = append(list, n)
				}
			}
			fmt.Printf("%s %s:%s\n", what, name, ranges(list))
		}
	}
}

// dispositions prints those of this process and of one that it starts.
func dispositions(what string) {
	own, _ := os.ReadFile("/proc/thread-self/status")
	sets(what, string(own))
	out, err := exec.Command("cat", "/proc/self/status").Output()
	if err != nil {
		fmt.Println(err)
	}
	sets(what+", child", string(out))
}

// standard starts the program again with nothing ignored or blocked, whatever the parent has left so: shells have background
// processes ignore SIGINT and SIGQUIT, C libraries what they start signal 32.
func standard() {
	runtime.LockOSThread()
	for n := 1; n <= 64; n++ {
		var act [4]uintptr
		syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(n), 0, uintptr(unsafe.Pointer(&act)), 8, 0, 0)
		if act[0] == 1 {
			act = [4]uintptr{}
			syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&act)), 0, 8, 0, 0)
		}
	}
	none := uint64(0)
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, 2, uintptr(unsafe.Pointer(&none)), 0, 8, 0, 0)
	os.Setenv("STANDARD", "1")
	panic(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

func main() {
	if os.Getenv("STANDARD") == "" {
		standard()
	}
	if len(os.Args) == 4 {
		n, _ := strconv.Atoi(os.Args[3])
		child(os.Args[2], n)
	}
	if len(os.Args) == 2 && os.Args[1] == "sets" {
		if os.Getenv("BLOCKED") == "" {
			for _, n := range []int{2, 10, 11, 17, 23, 27, 33, 40} {
				block(n)
			}
			os.Setenv("BLOCKED", "1")
			panic(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
		}
		dispositions("blocked")
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGINT, syscall.SIGTSTP, syscall.SIGUSR1)
		dispositions("blocked, notified")
		signal.Ignore(syscall.SIGINT, syscall.SIGUSR2, syscall.SIGSEGV, syscall.Signal(50))
		dispositions("ignoring")
		signal.Reset()
		dispositions("reset")
		return
	}
	if len(os.Args) > 1 { // further scenarios, for comparison with gc by hand
		scenarios = os.Args[1:]
	}
	for _, scenario := range scenarios {
		run(scenario)
	}
	dispositions("at start")
	cmd := exec.Command(os.Args[0], "sets")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Run()
}
