// A program that panics while it is traced leaves a trace with what led to that.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime/trace"
)

func main() {
	if len(os.Args) > 1 {
		trace.Start(os.Stdout)
		trace.Log(context.Background(), "category", "last words")
		panic("traced")
	}
	out, err := exec.Command(os.Args[0], "child").Output()
	fmt.Println(err, bytes.HasPrefix(out, []byte("go 1.")), bytes.Contains(out, []byte("last words")))
}
