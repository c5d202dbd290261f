// Child processes and signals.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		b, _ := io.ReadAll(os.Stdin)
		fmt.Printf("child got %q env %s\n", b, os.Getenv("CHILD"))
		os.Exit(3)
	}
	self, err := os.Executable()
	fmt.Println(err)
	cmd := exec.Command(self, "child")
	cmd.Stdin = strings.NewReader("input")
	cmd.Env = append(os.Environ(), "CHILD=yes")
	out, err := cmd.Output()
	var ee *exec.ExitError
	fmt.Printf("%s%v %v %d\n", out, err, errors.As(err, &ee), ee.ExitCode())
	sh := exec.Command("sh", "-c", "echo out; echo err >&2; kill -TERM $$")
	var o, e bytes.Buffer
	sh.Stdout, sh.Stderr = &o, &e
	err = sh.Run()
	fmt.Print(o.String(), e.String(), err, "\n")
	_, err = exec.Command("no-such-command-here").Output()
	fmt.Println(err, errors.Is(err, exec.ErrNotFound))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	fmt.Println(exec.CommandContext(ctx, "sleep", "30").Run())
	p := exec.Command("cat")
	in, _ := p.StdinPipe()
	po, _ := p.StdoutPipe()
	p.Start()
	go func() { io.WriteString(in, "through cat"); in.Close() }()
	b, _ := io.ReadAll(po)
	fmt.Println(string(b), p.Wait())
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1, os.Interrupt)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-c)
	me, _ := os.FindProcess(os.Getpid())
	me.Signal(os.Interrupt)
	fmt.Println(<-c)
	signal.Stop(c)
	nctx, stop := signal.NotifyContext(context.Background(), syscall.SIGUSR2)
	syscall.Kill(os.Getpid(), syscall.SIGUSR2)
	<-nctx.Done()
	fmt.Println(nctx.Err())
	stop()
	signal.Ignore(syscall.SIGHUP)
	syscall.Kill(os.Getpid(), syscall.SIGHUP)
	fmt.Println(signal.Ignored(syscall.SIGHUP))
	signal.Reset(syscall.SIGTERM)
	os.Stdout.Sync()
	syscall.Kill(os.Getpid(), syscall.SIGTERM)
	time.Sleep(5 * time.Second)
	fmt.Println("not reached")
}
