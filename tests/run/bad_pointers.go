// Pointers made of integers that lead to memory without objects, or to objects that have been freed: the collector reports them. And cleanups
// and finalizers that keep their own object alive, which GODEBUG=checkfinalizers=1 reports. The program is its own child.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"unsafe"
)

const mask = 1 << 62

var (
	hidden []uintptr // addresses, not to be found
	kept   []*[190]byte
	bad    []unsafe.Pointer
)

// collect runs f in a goroutine of its own, whose stack is gone afterwards, and then a collection or two.
func collect(f func()) {
	done := make(chan bool)
	go func() {
		f()
		done <- true
	}()
	<-done
	runtime.GC()
	runtime.GC()
}

func revive() {
	for _, addr := range hidden {
		addr ^= mask
		bad = append(bad, *(*unsafe.Pointer)(unsafe.Pointer(&addr)))
	}
}

func hide(p unsafe.Pointer) { hidden = append(hidden, uintptr(p)^mask) }

//go:noinline
func allocateLarge() {
	for range 10 {
		b := make([]byte, 1<<20)
		hide(unsafe.Pointer(&b[1<<19]))
	}
}

//go:noinline
func allocateSmall() {
	for i := range 1000 {
		b := new([190]byte)
		if i%2 == 0 {
			kept = append(kept, b)
		} else {
			hide(unsafe.Pointer(b))
		}
	}
}

type node struct {
	next *node
	file *int
}

type tiny uint8

var tinySink *tiny

//go:noinline
func attach() {
	// n is not reachable from its cleanup.
	n := &node{file: new(int)}
	runtime.AddCleanup(n, func(file *int) { *file = 1 }, n.file)
	// This one is, in a detour.
	n = &node{}
	n.next = &node{next: &node{next: n}}
	runtime.AddCleanup(n, func(*node) {}, n.next)
	// As is the object of this finalizer.
	m := &node{file: new(int)}
	m.next = &node{next: m}
	runtime.SetFinalizer(m, func(n *node) { *n.file = 2 })
}

//go:noinline
func attachTiny() {
	t := new(tiny)
	for uintptr(unsafe.Pointer(t))%2 == 0 {
		tinySink = t
		t = new(tiny)
	}
	runtime.AddCleanup(t, func(int) {}, 1)
}

var cases = []struct {
	name, godebug string
	run           func()
}{
	{"free page", "", func() {
		collect(allocateLarge)
		collect(revive)
	}},
	{"free page", "invalidptr=0", func() {
		collect(allocateLarge)
		collect(revive)
	}},
	{"free object", "", func() {
		collect(allocateSmall)
		collect(revive)
	}},
	{"finalizers", "checkfinalizers=1", func() { collect(attach) }},
	{"finalizers", "", func() { collect(attach) }},
	{"tiny", "checkfinalizers=1", func() { collect(attachTiny) }},
}

var address = regexp.MustCompile(`0x[0-9a-f]+`)

func main() {
	if len(os.Args) > 1 {
		for _, c := range cases {
			if c.name == os.Args[1] {
				c.run()
				break
			}
		}
		fmt.Println("done")
		return
	}
	for _, c := range cases {
		cmd := exec.Command("/proc/self/exe", c.name)
		// Switches of the collector would find the same mistakes their own way, or first.
		cmd.Env = append(os.Environ(), "GODEBUG="+c.godebug, "RGODEBUG=")
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		fmt.Printf("%s %s: %v %s\n", c.name, c.godebug, err, strings.TrimSpace(out.String()))
		for line := range strings.Lines(errs.String()) {
			line = address.ReplaceAllString(line, "0xN")
			for _, start := range []string{"runtime: pointer", "runtime: marked", "fatal error: ", "WARNING: ", "Value of ", "  is ", "Has ", "  main."} {
				if strings.HasPrefix(line, start) {
					line, _, _ = strings.Cut(line, " span.base")
					line, _, _ = strings.Cut(line, " in span")
					line, _, _ = strings.Cut(line, "+0xN")
					fmt.Println("\t" + strings.TrimRight(line, "\n"))
				}
			}
		}
	}
}
