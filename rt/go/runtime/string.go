package runtime

// Strings: concatenation and conversions. A buffer argument, if not nil, is a variable in the caller's frame that the
// result may live in.

import (
	"internal/bytealg"
	"unsafe"
)

const tmpStringBufSize = 32

type tmpBuf [tmpStringBufSize]byte

type stringStruct struct {
	str unsafe.Pointer
	len int
}

func stringStructOf(sp *string) *stringStruct { return (*stringStruct)(unsafe.Pointer(sp)) }

// rawbytes allocates n bytes without clearing them.
func rawbytes(n int) *byte { return (*byte)(mallocgc(uintptr(n), nil, false)) }

// rawbyteslice allocates a slice of n bytes; the capacity beyond is cleared, the rest is not.
func rawbyteslice(n int) []byte {
	size := roundupsize(uintptr(n), true)
	p := mallocgc(size, nil, false)
	memclrNoHeapPointers(add(p, uintptr(n)), size-uintptr(n))
	return unsafe.Slice((*byte)(p), size)[:n]
}

// tmpbytes returns n bytes, in buf if they fit.
func tmpbytes(buf *tmpBuf, n int) *byte {
	if buf != nil && n <= len(buf) {
		return &buf[0]
	}
	return rawbytes(n)
}

// totalLen returns the length of the concatenation, the number of non-empty operands, and the index of the last.
func totalLen(a []string) (total, count, last int) {
	for i, s := range a {
		if len(s) == 0 {
			continue
		}
		total += len(s)
		if total < 0 {
			throw("string concatenation too long")
		}
		count++
		last = i
	}
	return
}

func concatstrings(buf *tmpBuf, a []string) string {
	total, count, last := totalLen(a)
	if count == 0 {
		return ""
	}
	if count == 1 {
		// The operand's bytes are in a buffer of the caller only where the result's may be as well.
		return a[last]
	}
	p := tmpbytes(buf, total)
	b := unsafe.Slice(p, total)
	for _, s := range a {
		b = b[copy(b, s):]
	}
	return unsafe.String(p, total)
}

// concat2 and the like are spelled out: they are on the hot path of most programs.

func concatstring2(buf *tmpBuf, a0, a1 string) string {
	if len(a0) == 0 {
		return a1
	}
	if len(a1) == 0 {
		return a0
	}
	total := len(a0) + len(a1)
	if total < 0 {
		throw("string concatenation too long")
	}
	p := tmpbytes(buf, total)
	memmove(unsafe.Pointer(p), unsafe.Pointer(unsafe.StringData(a0)), uintptr(len(a0)))
	memmove(add(unsafe.Pointer(p), uintptr(len(a0))), unsafe.Pointer(unsafe.StringData(a1)), uintptr(len(a1)))
	return unsafe.String(p, total)
}

func concatstring3(buf *tmpBuf, a0, a1, a2 string) string {
	a := [3]string{a0, a1, a2}
	return concatstrings(buf, a[:])
}

func concatstring4(buf *tmpBuf, a0, a1, a2, a3 string) string {
	a := [4]string{a0, a1, a2, a3}
	return concatstrings(buf, a[:])
}

func concatstring5(buf *tmpBuf, a0, a1, a2, a3, a4 string) string {
	a := [5]string{a0, a1, a2, a3, a4}
	return concatstrings(buf, a[:])
}

// concatbytes is []byte(a[0] + a[1] + ...).
func concatbytes(buf *tmpBuf, a []string) []byte {
	total, _, _ := totalLen(a)
	var b []byte
	if buf != nil && total <= len(buf) {
		*buf = tmpBuf{}
		b = buf[:total]
	} else {
		b = rawbyteslice(total)
	}
	rest := b
	for _, s := range a {
		rest = rest[copy(rest, s):]
	}
	return b
}

func slicebytetostring(buf *tmpBuf, ptr *byte, n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return unsafe.String((*byte)(smallInt(uintptr(*ptr), 1)), 1)
	}
	p := tmpbytes(buf, n)
	memmove(unsafe.Pointer(p), unsafe.Pointer(ptr), uintptr(n))
	return unsafe.String(p, n)
}

// slicebytetostringtmp is a conversion whose result is not used after the bytes change.
func slicebytetostringtmp(ptr *byte, n int) string { return unsafe.String(ptr, n) }

func stringtoslicebyte(buf *tmpBuf, s string) []byte {
	var b []byte
	if buf != nil && len(s) <= len(buf) {
		*buf = tmpBuf{}
		b = buf[:len(s)]
	} else {
		b = rawbyteslice(len(s))
	}
	copy(b, s)
	return b
}

func stringtoslicerune(buf *[tmpStringBufSize]rune, s string) []rune {
	n := countrunes(s)
	var a []rune
	if buf != nil && n <= len(buf) {
		*buf = [tmpStringBufSize]rune{}
		a = buf[:n]
	} else {
		if uintptr(n) > maxAlloc/4 {
			throw("out of memory")
		}
		size := roundupsize(uintptr(n)*4, true)
		p := mallocgc(size, nil, false)
		memclrNoHeapPointers(add(p, uintptr(n)*4), size-uintptr(n)*4)
		a = unsafe.Slice((*rune)(p), size/4)[:n]
	}
	i := 0
	for _, r := range s {
		a[i] = r
		i++
	}
	return a
}

func slicerunetostring(buf *tmpBuf, a []rune) string {
	var scratch [4]byte
	n := 0
	for _, r := range a {
		n += encoderune(scratch[:], r)
	}
	if n == 0 {
		return ""
	}
	// Another goroutine may be changing the runes: stop before the end of the memory.
	p := tmpbytes(buf, n+3)
	b := unsafe.Slice(p, n+3)
	w := 0
	for _, r := range a {
		if w >= n {
			break
		}
		w += encoderune(b[w:], r)
	}
	return unsafe.String(p, w)
}

// intstring is string(v) for an integer.
func intstring(buf *[4]byte, v int64) string {
	var b []byte
	if buf != nil {
		b = buf[:]
	} else {
		b = unsafe.Slice(rawbytes(4), 4)
	}
	if int64(rune(v)) != v {
		v = runeError
	}
	n := encoderune(b, rune(v))
	return unsafe.String(&b[0], n)
}

// findnull returns the length of a C string.
func findnull(p *byte) int {
	n := 0
	for p != nil && *addb(p, uintptr(n)) != 0 {
		n++
	}
	return n
}

// gostring copies a C string.
//
//go:linkname gostring
func gostring(p *byte) string {
	n := findnull(p)
	return string(unsafe.Slice(p, n))
}

// gostringnocopy returns a string that shares the bytes of a C string.
func gostringnocopy(p *byte) string { return unsafe.String(p, findnull(p)) }

// hasPrefix reports whether s begins with prefix.
func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

// cutByte splits s at the first c; found is false when there is none.
func cutByte(s string, c byte) (before, after string, found bool) {
	if i := bytealg.IndexByteString(s, c); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}
