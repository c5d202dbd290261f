// A heap large enough for huge pages: what it holds stays, what is dropped goes back to the system and reads as zero when it is used again.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

const (
	size = 96 << 10 // neither a divisor nor a multiple of 2 MB
	n    = 1500
)

// resident returns the memory of the process in megabytes.
func resident() (mb int) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			fmt.Sscan(rest, &mb)
		}
	}
	return mb >> 10
}

func fill(b []byte, with int) {
	for i := range b {
		b[i] = byte(with + i>>10)
	}
}

func check(b []byte, with int) {
	for i, have := range b {
		if have != byte(with+i>>10) {
			panic(fmt.Sprintf("object %d has %d at %d", with, have, i))
		}
	}
}

func zero(b []byte) {
	for i, have := range b {
		if have != 0 {
			panic(fmt.Sprintf("new memory has %d at %d", have, i))
		}
	}
}

func main() {
	objects := make([][]byte, n)
	for round := range 3 {
		for i := range objects {
			if objects[i] == nil {
				b := make([]byte, size)
				zero(b)
				fill(b, i)
				objects[i] = b
			}
		}
		full := resident()
		fmt.Println("round", round, "full:", full > n*size>>20)
		// Every other object of the first half, all of the second.
		for i := range objects {
			if i%2 == 0 || i > n/2 {
				objects[i] = nil
			}
		}
		debug.FreeOSMemory()
		rest := resident()
		fmt.Println("given back:", rest < full/2)
		for i, b := range objects {
			if b != nil {
				check(b, i)
			}
		}
	}
}
