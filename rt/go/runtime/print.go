package runtime

// print and println. Compiled code calls one function for each operand, between printlock and printunlock. rt implements
// those whose text does not depend on std's number formatting; the collector and the scheduler use them too.

import (
	"internal/strconv"
	"unsafe"
)

// hex is printed in hexadecimal by print and println.
type hex uint64

// quoted is printed as a quoted, escaped string by print and println.
type quoted string

func printlock()
func printunlock()
func printsp()
func printnl()
func printstring(s string)
func printbool(v bool)
func printint(v int64)
func printuint(v uint64)
func printhex(v uint64)
func printpointer(p unsafe.Pointer)

func printuintptr(p uintptr) { printhex(uint64(p)) }

func printslice(s []byte) {
	print("[", len(s), "/", cap(s), "]", unsafe.Pointer(unsafe.SliceData(s)))
}

func printeface(e eface) { print("(", e._type, ",", e.data, ")") }
func printiface(i iface) { print("(", i.tab, ",", i.data, ")") }

// printbytes prints the contents of a buffer on the caller's stack.
func printbytes(b []byte) { printstring(unsafe.String(unsafe.SliceData(b), len(b))) }

// How long numbers may become.
const (
	float64Bytes    = 24
	float32Bytes    = 15
	complex128Bytes = 2*float64Bytes + len("(i)")
	complex64Bytes  = 2*float32Bytes + len("(i)")
)

func printfloat64(v float64) {
	var buf [float64Bytes]byte
	printbytes(strconv.AppendFloat(buf[:0], v, 'g', -1, 64))
}

func printfloat32(v float32) {
	var buf [float32Bytes]byte
	printbytes(strconv.AppendFloat(buf[:0], float64(v), 'g', -1, 32))
}

func printcomplex128(v complex128) {
	var buf [complex128Bytes]byte
	printbytes(strconv.AppendComplex(buf[:0], v, 'g', -1, 128))
}

func printcomplex64(v complex64) {
	var buf [complex64Bytes]byte
	printbytes(strconv.AppendComplex(buf[:0], complex128(v), 'g', -1, 64))
}

const hexDigits = "0123456789abcdef"

func printquoted(s string) {
	printstring(`"`)
	for i, r := range s {
		switch {
		case r == '\n':
			printstring(`\n`)
		case r == '\r':
			printstring(`\r`)
		case r == '\t':
			printstring(`\t`)
		case r == '\\' || r == '"':
			printstring(`\`)
			printstring(s[i : i+1])
		case r == runeError && (len(s)-i < 3 || s[i:i+3] != "\uFFFD"):
			printescape(`\x`, uint32(s[i]), 2)
		case ' ' <= r && r <= '~':
			printstring(s[i : i+1])
		case r < 127:
			printescape(`\x`, uint32(r), 2)
		case r < 0x10000:
			printescape(`\u`, uint32(r), 4)
		default:
			printescape(`\U`, uint32(r), 8)
		}
	}
	printstring(`"`)
}

// printescape prints prefix and the given number of hexadecimal digits of v.
func printescape(prefix string, v uint32, digits int) {
	printstring(prefix)
	for i := digits - 1; i >= 0; i-- {
		d := v >> (4 * uint(i)) & 15
		printstring(hexDigits[d : d+1])
	}
}
