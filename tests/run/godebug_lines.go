// The lines that GODEBUG switches make the runtime print have gc's form: numbers, true and false, and nil are replaced. The program is its own
// child.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

var sink [][]byte

func work() {
	start := time.Now()
	done := make(chan bool)
	go func() {
		time.Sleep(200 * time.Millisecond)
		done <- true
	}()
	for time.Since(start) < 200*time.Millisecond {
		sink = nil
		for range 1000 {
			sink = append(sink, make([]byte, 5000))
		}
	}
	<-done
	runtime.GC()
	debug.FreeOSMemory()
}

var (
	number = regexp.MustCompile(`-?\d[\d.]*(e[-+]\d+)?|\bnil\b|\btrue\b|\bfalse\b`)
	list   = regexp.MustCompile(`\[( N)* \]`)
	reason = regexp.MustCompile(`\(.*\)`)
)

func main() {
	if len(os.Args) > 1 {
		work()
		return
	}
	for _, c := range []struct{ godebug, starts string }{
		{"gctrace=1", "gc "},
		{"gcpacertrace=1", "pacer: "},
		{"scavtrace=1", "scav "},
		{"schedtrace=20", "SCHED "},
		{"schedtrace=20,scheddetail=1", "SCHED "},
		{"schedtrace=20,scheddetail=1", "  P"},
		{"schedtrace=20,scheddetail=1", "  M"},
		{"schedtrace=20,scheddetail=1", "  G"},
		{"inittrace=1", "init main "},
	} {
		cmd := exec.Command("/proc/self/exe", "work")
		cmd.Env = append(os.Environ(), "GODEBUG="+c.godebug)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		fmt.Println(c.godebug, cmd.Run())
		var lines []string
		for line := range strings.Lines(errs.String()) {
			// The last line may be cut short by the end of the program.
			if strings.HasPrefix(line, c.starts) && strings.HasSuffix(line, "\n") {
				line = list.ReplaceAllString(number.ReplaceAllString(line, "N"), "[ N ]")
				if strings.HasPrefix(line, "  G") {
					line = reason.ReplaceAllString(line, "(...)")
				}
				line = strings.Replace(line, " [controller reset]", "", 1)
				lines = append(lines, line)
			}
		}
		slices.Sort(lines)
		fmt.Print("\t", strings.Join(slices.Compact(lines), "\t"))
	}
}

// So that there is something to report about package main.
var initialised = fmt.Sprint(len(os.Args) > 5)
