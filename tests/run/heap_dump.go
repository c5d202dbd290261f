// debug.WriteHeapDump: the file parses, and a list of known objects can be followed in it from a variable.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

type node struct {
	id    uint64
	next  *node
	bytes []byte
}

var head *node

type big struct {
	names [600]string
	tail  *node
}

var keep *big

type object struct {
	addr   uint64
	data   []byte
	fields []uint64
}

type reader struct{ *bufio.Reader }

func (r reader) int() uint64 {
	v, err := binary.ReadUvarint(r)
	if err != nil {
		panic(err)
	}
	return v
}

func (r reader) skip(n int) {
	for range n {
		r.int()
	}
}

func (r reader) bytes() []byte {
	b := make([]byte, r.int())
	if _, err := io.ReadFull(r, b); err != nil {
		panic(err)
	}
	return b
}

func (r reader) fields() (offsets []uint64) {
	for {
		switch r.int() {
		case 0:
			return offsets
		case 1:
			offsets = append(offsets, r.int())
		default:
			panic("field kind")
		}
	}
}

func waiting(c chan int) { <-c }

func main() {
	for id := range uint64(5) {
		head = &node{id: 0xabcd0000 + id, next: head, bytes: make([]byte, 100*id)}
	}
	keep = &big{tail: head}
	keep.names[599] = strings.Repeat("x", 77)
	finalized := new(node)
	runtime.SetFinalizer(finalized, func(*node) {})
	c := make(chan int)
	go waiting(c)
	for stacks := make([]byte, 1<<16); !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "[chan receive]:"); {
		runtime.Gosched()
	}
	runtime.GC()

	f, err := os.CreateTemp("", "heapdump")
	if err != nil {
		panic(err)
	}
	defer os.Remove(f.Name())
	debug.WriteHeapDump(f.Fd())
	f.Seek(0, 0)
	r := reader{bufio.NewReader(f)}
	line, _ := r.ReadString('\n')
	fmt.Printf("%q\n", line)

	objects := map[uint64]object{}
	counts := map[uint64]int{}
	var roots []object
	var goroutines []string
	frames := map[string]bool{}
	var mallocs, frees uint64
	finalizer, panics := false, 0
	func() {
		defer func() {
			if e := recover(); e != nil {
				fmt.Println("bad dump:", e, counts)
				os.Exit(1)
			}
		}()
		for {
			tag := r.int()
			counts[tag]++
			switch tag {
			case 0:
				return
			case 1:
				o := object{addr: r.int(), data: r.bytes()}
				o.fields = r.fields()
				objects[o.addr] = o
			case 2:
				r.bytes()
				r.int()
			case 3:
				r.skip(2)
				r.bytes()
				r.int()
			case 4:
				r.skip(3)
				r.skip(5)
				goroutines = append(goroutines, string(r.bytes()))
				r.skip(4)
			case 5:
				r.skip(3)
				r.bytes()
				r.skip(3)
				frames[string(r.bytes())] = true
				r.fields()
			case 6:
				big, size := r.int(), r.int()
				lo, hi := r.int(), r.int()
				fmt.Println(big, size, lo < hi, string(r.bytes()), strings.HasPrefix(string(r.bytes()), "go1.27"), r.int() > 0)
			case 7:
				addr := r.int()
				r.skip(4)
				if o, ok := objects[addr&^15]; ok && len(o.data) >= 40 {
					finalizer = true
				}
			case 8:
				r.skip(2)
			case 9:
				r.skip(3)
			case 10:
				r.skip(4)
				mallocs, frees = r.int(), r.int()
				r.skip(18 + 256 + 1)
			case 11:
				r.skip(5)
			case 12, 13:
				o := object{addr: r.int(), data: r.bytes()}
				o.fields = r.fields()
				roots = append(roots, o)
			case 14:
				r.skip(7)
			case 15:
				panics++
				r.skip(6)
			case 16:
				r.skip(2)
				for range r.int() {
					r.bytes()
					r.bytes()
					r.int()
				}
				r.skip(2)
			case 17:
				r.skip(2)
			default:
				panic(fmt.Sprint("tag ", tag))
			}
		}
	}()
	_, err = r.ReadByte()
	fmt.Println("end:", err, "params:", counts[6], "memstats:", counts[10], "data:", counts[12], "bss:", counts[13])
	fmt.Println("types:", counts[3] > 5, "itabs:", counts[8] > 5, "threads:", counts[9] > 1, mallocs > frees, "finalizer:", finalizer, "panics:", panics)
	has := map[string]bool{}
	for _, g := range goroutines {
		has[g] = true
	}
	fmt.Println("goroutines:", has["chan receive"], has["dumping heap"], frames["main.main"])

	// follow reads the pointer at a field of an object.
	follow := func(o object, offset uint64) (object, bool) {
		for _, f := range o.fields {
			if f == offset {
				to, ok := objects[binary.LittleEndian.Uint64(o.data[offset:])]
				return to, ok
			}
		}
		return object{}, false
	}
	isNode := func(o object, id uint64) bool {
		return len(o.data) >= 40 && binary.LittleEndian.Uint64(o.data) == id
	}
	found := false
	for _, root := range roots {
		for _, offset := range root.fields {
			if o, ok := follow(root, offset); ok && isNode(o, 0xabcd0004) {
				found = true
				for id := 0xabcd0004; ; id-- {
					b, ok := follow(o, 16)
					fmt.Printf("%x: %v, %d fields, bytes %d %v\n", id, isNode(o, uint64(id)), len(o.fields), len(b.data), ok)
					if o, ok = follow(o, 8); !ok {
						break
					}
				}
				break
			}
		}
	}
	fmt.Println("found:", found)
	for _, o := range objects {
		if len(o.data) > 9000 && len(o.data) < 10500 && len(o.fields) > 600 && len(o.fields) < 620 {
			s, ok := follow(o, o.fields[599])
			t, ok2 := follow(o, o.fields[600])
			fmt.Println("big:", ok, strings.HasPrefix(string(s.data), strings.Repeat("x", 77)), ok2, isNode(t, 0xabcd0004))
		}
	}
	close(c)
	runtime.KeepAlive(finalized)
}
