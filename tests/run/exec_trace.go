// Execution traces: runtime/trace writes a stream with the format's header, names of functions, tasks, regions and messages;
// a second Start fails; a flight recorder keeps the last generations.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"time"
)

//go:noinline
func tracedWorker(n int, c chan int) {
	for i := range n {
		c <- i
		if i%8 == 0 {
			runtime.Gosched()
		}
	}
}

func busy() {
	ctx, task := trace.NewTask(context.Background(), "the task")
	defer task.End()
	trace.WithRegion(ctx, "the region", func() {
		var wg sync.WaitGroup
		c := make(chan int)
		for range 4 {
			wg.Go(func() { tracedWorker(50, c) })
		}
		for range 200 {
			<-c
		}
		wg.Wait()
		os.Getppid()
		time.Sleep(time.Millisecond)
		runtime.GC()
	})
	trace.Log(ctx, "the key", "the value")
}

func check(name string, data []byte) {
	fmt.Println(name, bytes.HasPrefix(data, []byte("go 1.26 trace\x00\x00\x00")), data[len(data)-1])
	for _, w := range []string{"main.tracedWorker", "exec_trace.go", "the task", "the region", "the key", "the value",
		"runtime.Gosched", "sleep", "chan receive", "chan send", "sync"} {
		if !bytes.Contains(data, []byte(w)) {
			fmt.Println("no", w)
		}
	}
}

func main() {
	fmt.Println(trace.IsEnabled())
	trace.Stop() // nothing to stop
	for range 2 {
		var b bytes.Buffer
		if err := trace.Start(&b); err != nil {
			fmt.Println(err)
		}
		fmt.Println(trace.IsEnabled(), trace.Start(io.Discard) != nil)
		busy()
		old := runtime.GOMAXPROCS(4)
		runtime.GOMAXPROCS(old)
		trace.Stop()
		check("trace", b.Bytes())
	}
	fr := trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: time.Second})
	if err := fr.Start(); err != nil {
		fmt.Println(err)
	}
	busy()
	var b bytes.Buffer
	n, err := fr.WriteTo(&b)
	fmt.Println(fr.Enabled(), n == int64(b.Len()), err)
	fr.Stop()
	check("flight recorder", b.Bytes())
	fmt.Println(trace.IsEnabled())
}
