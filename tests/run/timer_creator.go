// Tracebacks of a timer's goroutine say that package time started it, and no goroutine did.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

func main() {
	done := make(chan string)
	time.AfterFunc(time.Millisecond, func() {
		buf := make([]byte, 4096)
		done <- string(buf[:runtime.Stack(buf, false)])
	})
	for line := range strings.Lines(<-done) {
		if strings.HasPrefix(line, "created by ") {
			fmt.Print(line)
		}
	}
}
