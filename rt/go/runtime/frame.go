package runtime

// Slices and maps that begin in the caller's frame. The first argument is a buffer there, nil if there is none: the compiler gives one where nothing of the
// result outlives the frame (compiler/opt/src/allocation.rs has the same sizes), and otherwise calls the function without it.

import (
	"internal/runtime/maps"
	"unsafe"
)

// appendBuf is room for the first elements of one slice. In the beginning only state is set.
type appendBuf struct {
	state uintptr
	data  tmpBuf
}

// States of an appendBuf, as opt/escape.rs has them.
const (
	bufFree       = 0
	bufTaken      = 1
	bufFreeInLoop = 2 // the slice changes in a loop, and the elements may lead to ever more
)

// growsliceOnce is growslice for an append of single elements. The collector follows what is in a buffer as long as the frame lives. Where that
// may be a loop that leaves the buffer behind, elements with pointers go to the heap, with the buffer's capacity.
func growsliceOnce(buf *appendBuf, oldPtr unsafe.Pointer, newLen, oldCap, num int, et *_type) slice {
	if buf != nil && oldCap == 0 && buf.state != bufTaken && et.Size_ != 0 {
		if room := uint(len(buf.data)) / uint(et.Size_); uint(newLen) <= room {
			inHeap := buf.state == bufFreeInLoop && et.Pointers()
			buf.state = bufTaken
			if inHeap {
				return slice{makeslice(et, newLen, int(room)), newLen, int(room)}
			}
			buf.data = tmpBuf{}
			return slice{unsafe.Pointer(&buf.data), newLen, int(room)}
		}
	}
	return growslice(oldPtr, newLen, oldCap, num, et)
}

// makesliceBuf is makeslice.
func makesliceBuf(buf *tmpBuf, et *_type, len, cap int) unsafe.Pointer {
	if buf != nil && et.Size_ != 0 && uint(len) <= uint(cap) && uint(cap) <= tmpStringBufSize/uint(et.Size_) {
		*buf = tmpBuf{}
		return unsafe.Pointer(buf)
	}
	return makeslice(et, len, cap)
}

// mapBuf is the beginning of a clear buffer for a map; the group follows.
type mapBuf struct {
	used      uint64
	seed      uintptr
	dirPtr    unsafe.Pointer
	dirLen    int
	shifts    uint64
	clearSeq  uint64
	groupCtrl uint64
}

const _ = -(unsafe.Sizeof(maps.Map{}) ^ unsafe.Offsetof(mapBuf{}.groupCtrl)) // the header is a maps.Map

// makemapBuf is makemap_small for a map whose groups have groupSize bytes.
func makemapBuf(buf *mapBuf, groupSize uintptr) *maps.Map {
	if buf == nil {
		return makemap_small()
	}
	buf.seed = uintptr(rand())
	buf.dirPtr = unsafe.Pointer(&buf.groupCtrl)
	buf.groupCtrl = 0x8080808080808080 // all slots empty
	return (*maps.Map)(unsafe.Pointer(buf))
}
