package runtime

// What package reflect asks for on behalf of channels, calls and slices, and is not a Rust entry of its own name.

import (
	"internal/abi"
	"internal/goarch"
	"unsafe"
)

//go:linkname reflect_rselect reflect.rselect
func reflect_rselect(cases []runtimeSelect) (chosen int, recvOK bool) {
	// selectgo wants sends first, then receives; origin remembers where each came from.
	n := len(cases)
	if n == 0 {
		block()
	}
	sel := make([]scase, n)
	origin := make([]int, n)
	nsends, nrecvs, dflt := 0, 0, -1
	for i := range cases {
		c := &cases[i]
		j := 0
		switch c.dir {
		case selectDefault:
			dflt = i
			continue
		case selectSend:
			j = nsends
			nsends++
		case selectRecv:
			nrecvs++
			j = n - nrecvs
		}
		sel[j] = scase{c: c.ch, elem: c.val}
		origin[j] = i
	}
	if nsends+nrecvs == 0 {
		return dflt, false
	}
	// Close the gap that the default case left between sends and receives.
	if nsends+nrecvs < n {
		copy(sel[nsends:], sel[n-nrecvs:])
		copy(origin[nsends:], origin[n-nrecvs:])
	}
	order := make([]uint16, 2*(nsends+nrecvs))
	chosen, recvOK = selectgo(&sel[0], &order[0], nil, nsends, nrecvs, dflt == -1)
	if chosen < 0 {
		return dflt, false
	}
	return origin[chosen], recvOK
}

// runtimeSelect is reflect.runtimeSelect.
type runtimeSelect struct {
	dir int
	typ unsafe.Pointer
	ch  *hchan
	val unsafe.Pointer
}

const (
	selectSend    = 1
	selectRecv    = 2
	selectDefault = 3
)

// Channels (Rust).

type hchan struct{ opaque uintptr }

type scase struct {
	c    *hchan
	elem unsafe.Pointer
}

func makechan(t *chantype, size int) *hchan
func chansend1(c *hchan, elem unsafe.Pointer)
func chanrecv1(c *hchan, elem unsafe.Pointer)
func chanrecv2(c *hchan, elem unsafe.Pointer) bool
func closechan(c *hchan)
func chanlen(c *hchan) int
func chancap(c *hchan) int
func selectnbsend(c *hchan, elem unsafe.Pointer) bool
func selectnbrecv(elem unsafe.Pointer, c *hchan) (selected, received bool)
func selectgo(cas0 *scase, order0 *uint16, pc0 *uintptr, nsends, nrecvs int, block bool) (int, bool)

func makechan64(t *chantype, size int64) *hchan {
	if int64(int(size)) != size {
		size = -1 // makechan reports it
	}
	return makechan(t, int(size))
}

// gcbits tells the tests of package reflect which words the collector follows from x on to the end of its object in the heap, one byte
// for each word.
//
//go:linkname reflect_gcbits reflect.gcbits
func reflect_gcbits(x any) []byte {
	p := efaceOf(&x).data
	bits := make([]byte, objectPointers(p, nil, 0))
	objectPointers(p, unsafe.SliceData(bits), len(bits))
	return bits
}

// objectPointers returns the number of words from p to the end of its heap object, 0 for other memory, and sets to 1 those of the n bytes
// at mask that stand for words with pointers.
func objectPointers(p unsafe.Pointer, mask *byte, n int) int
