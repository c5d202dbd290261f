// GODEBUG=tracebackancestors=3: tracebacks say where the goroutine was started that started this one, and so on; not where more than three
// were, and not otherwise.
package main

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
)

var (
	number = regexp.MustCompile(`goroutine (\d+)`)
	done   = make(chan string)
)

func start(depth int) {
	if depth == 0 {
		text := make([]byte, 1<<16)
		done <- string(text[:runtime.Stack(text, false)])
		return
	}
	func() {
		go start(depth - 1)
	}()
}

func main() {
	for depth := range 6 {
		fmt.Println("depth", depth)
		go start(depth)
		report := <-done
		names := map[string]int{}
		for line := range strings.Lines(report) {
			if strings.HasPrefix(line, "\t") {
				continue
			}
			if name, _, ok := strings.Cut(line, "("); ok {
				line = name + "\n"
			}
			for _, id := range number.FindAllStringSubmatch(line, -1) {
				if id[1] != "1" && names[id[1]] == 0 {
					names[id[1]] = len(names) + 1
				}
				line = strings.Replace(line, id[0], fmt.Sprint("goroutine ", string(rune('A'+names[id[1]]))), 1)
			}
			fmt.Print("\t", line)
		}
	}
}
