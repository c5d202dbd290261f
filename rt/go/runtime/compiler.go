package runtime

// This file lists every function of this package that compiled code may call. It is the reference of compiler/lower;
// nothing else in this package is called by name. _type is abi.Type, itab is abi.ITab; P is unsafe.Pointer.
// "Rust" marks functions without body here, bound to entries of rt/abi; all others are Go and use the Go convention.
//
// # Memory
//
//	newobject(typ *_type) P                                  zeroed
//	mallocgc(size uintptr, typ *_type, needzero bool) P      Rust; typ nil means no pointers
//	makeslice(et *_type, len, cap int) P                     zeroed; panics as make does
//	makeslice64(et *_type, len, cap int64) P                 32-bit targets
//	makeslicecopy(et *_type, tolen, fromlen int, from P) P   make + copy
//	growslice(oldPtr P, newLen, oldCap, num int, et *_type) slice   append: newLen = oldLen+num > oldCap; elements
//	                                                         [oldLen, newLen) are not zeroed when et has no pointers
//	makesliceBuf, growsliceOnce, makemapBuf                  (frame.go) the same with a buffer in the caller's frame, or nil
//	moveSlice, moveSliceNoScan, moveSliceNoCap, ...          (slice.go) not needed
//	memmove(to, from P, n uintptr)                           Rust; overlapping allowed
//	memclrNoHeapPointers(p P, n uintptr)                     Rust
//	memclrHasPointers(p P, n uintptr)                        heap memory with pointers
//	typedmemmove(typ *_type, dst, src P)                     heap or unknown destination of a type with pointers
//	typedmemclr(typ *_type, p P)
//	typedslicecopy(et *_type, dst P, dstLen int, src P, srcLen int) int   copy(), elements with pointers
//	slicecopy(to P, toLen int, from P, fromLen int, width uintptr) int    copy(), elements without
//
// # Panics
//
// Without parameters; called after storing x to g.panic_arg0 and y to g.panic_arg1. The suffix U says x is unsigned.
// None returns.
//
//	panicIndex, panicIndexU              s[x], y = len
//	panicSliceAlen, panicSliceAlenU      s[?:x], y = len (strings, arrays)
//	panicSliceAcap, panicSliceAcapU      s[?:x], y = cap
//	panicSliceB, panicSliceBU            s[x:y]
//	panicSlice3Alen, panicSlice3AlenU    s[::x], y = len
//	panicSlice3Acap, panicSlice3AcapU    s[::x], y = cap
//	panicSlice3B, panicSlice3BU          s[:x:y]
//	panicSlice3C, panicSlice3CU          s[x:y:]
//	panicSliceConvert                    [x]T(s), y = len
//	panicdivide                          integer division by zero
//	panicshift                           negative shift amount
//	panicmem                             nil dereference found by an explicit check (no operands)
//	panicmakeslicelen, panicmakeslicecap, panicunsafeslicelen, panicunsafeslicenilptr,
//	panicunsafestringlen, panicunsafestringnilptr
//	panicwrap                            pointer wrapper of a value method called with a nil receiver
//	unreachableMethod                    code of pruned method table entries
//
// With parameters:
//
//	gopanic(e any)                                           the built-in panic
//	panicdottypeE(have, want, iface *_type)                  x.(T) failed, x an eface; have may be nil
//	panicdottypeI(have *itab, want, iface *_type)            x.(T) failed, x not an eface
//	panicnildottype(want *_type)                             x.(T) with x nil and an unknown static type
//	panicrangestate(state int)                               range over func misuse (abi.RF_State)
//
// # Defer and recover (layouts: deferFrame and _defer in panic.go)
//
//	gorecover(fp uintptr) any                                fp: frame pointer of the function that says recover()
//	deferreturn(f *deferFrame)                               pops and calls until none is pending; does not unlink f
//	deferprocHeap(f *deferFrame, fn func())                  defer inside a loop, or of a range-over-func body
//	                                                         (f is the outer function's frame): allocates and pushes
//
// # Goroutines, channels, select (all Rust)
//
//	newproc(fn func())
//	makechan(t *chantype, size int) *hchan;  makechan64(t *chantype, size int64) *hchan
//	chansend1(c *hchan, elem P);  chanrecv1(c *hchan, elem P);  chanrecv2(c *hchan, elem P) bool
//	closechan(c *hchan);  chanlen(c *hchan) int;  chancap(c *hchan) int
//	selectnbsend(c *hchan, elem P) bool                      select with one send and default
//	selectnbrecv(elem P, c *hchan) (selected, received bool) select with one receive and default
//	selectgo(cas0 *scase, order0 *uint16, pc0 *uintptr, nsends, nrecvs int, block bool) (int, bool)
//	                                                         sends first, then receives; scase is {c *hchan, elem P};
//	                                                         order0: 2*n uint16 of scratch; -1 is default; pc0 nil
//	block()                                                  select {}
//
// # Strings (buf may always be nil: it is a stack buffer for results that do not escape)
//
//	concatstring2(buf *tmpBuf, a0, a1 string) string ... concatstring5;  concatstrings(buf *tmpBuf, a []string) string
//	concatbytes(buf *tmpBuf, a []string) []byte
//	slicebytetostring(buf *tmpBuf, p *byte, n int) string
//	stringtoslicebyte(buf *tmpBuf, s string) []byte
//	slicerunetostring(buf *tmpBuf, a []rune) string
//	stringtoslicerune(buf *[32]rune, s string) []rune
//	intstring(buf *[4]byte, v int64) string
//	decoderune(s string, k uint) (r rune, pos uint)          s[k] >= 0x80; pos is the index after the rune
//	countrunes(s string) int                                 len([]rune(s))
//	cmpstring(a, b string) int                               -1, 0, +1 (internal/bytealg)
//
// # Equality and hashing
//
// Functions of the form func(p, q P) bool and func(p P, h uintptr) uintptr are what type descriptors' Equal and map
// descriptors' Hasher point to (as func values); generated ones call them.
//
//	memequal(p, q P, n uintptr) bool                         Rust
//	memequal0 memequal8 memequal16 memequal32 memequal64 memequal128 f32equal f64equal c64equal c128equal
//	strequal interequal nilinterequal                        interequal: non-empty interfaces
//	memequal_varlen(p, q P) bool                             size in word 1 of the closure object
//	efaceeq(t *_type, x, y P) bool                           type words equal already; panics if uncomparable
//	ifaceeq(tab *itab, x, y P) bool                          itab words equal already
//	memhash(p P, h, n uintptr) uintptr                       n other than 4 and 8
//	memhash0 memhash8 memhash16 memhash32 memhash64 memhash128 memhash_varlen
//	f32hash f64hash c64hash c128hash strhash interhash nilinterhash
//
// # Interfaces
//
//	convT(t *_type, v P) P                                   box *v; convTnoptr: same for types without pointers
//	convT16(v uint16) P; convT32(v uint32) P; convT64(v uint64) P   small values come from staticuint64s
//	convTstring(v string) P; convTslice(v []byte) P          any string or slice type
//	                                                         (bool and bytes: &staticuint64s[v]; size 0: &zerobase)
//	assertE2I(inter *interfacetype, t *_type) *itab          x.(I), panics; t is the dynamic type, may be nil
//	assertE2I2(inter *interfacetype, t *_type) *itab         x.(I) with ok: nil if not implemented or t is nil
//	convI2I(inter *interfacetype, tab *itab) *itab           interface conversion known to succeed; nil gives nil
//	typeAssert(s *abi.TypeAssert, t *_type) *itab            assertE2I/assertE2I2 with a per-site cache (optional)
//	interfaceSwitch(s *abi.InterfaceSwitch, t *_type) (int, *itab)   type switch over interface cases (optional)
//
// # Maps (m is *maps.Map, t is *abi.MapType; definitions in internal/runtime/maps and map.go)
//
//	makemap(t, hint int, m) m;  makemap_small() m            m argument: nil or a zeroed maps.Map on the frame
//	mapaccess1(t, m, key P) P;  mapaccess2(t, m, key P) (P, bool)   element or &zeroVal
//	mapaccess1_fat(t, m, key, zero P) P; mapaccess2_fat(t, m, key, zero P) (P, bool)   elements over 1024 bytes
//	mapassign(t, m, key P) P                                 element slot to store to
//	mapdelete(t, m, key P);  mapclear(t, m)
//	mapaccess1_fast32 mapaccess2_fast32 mapassign_fast32 mapassign_fast32ptr mapdelete_fast32 (key uint32 or P)
//	mapaccess1_fast64 mapaccess2_fast64 mapassign_fast64 mapassign_fast64ptr mapdelete_fast64 (key uint64 or P)
//	mapaccess1_faststr mapaccess2_faststr mapassign_faststr mapdelete_faststr (key string)
//	mapIterStart(t, m, it *maps.Iter);  mapIterNext(it *maps.Iter)   it zeroed before; it.key == nil is the end
//	len(m) is the first word of *m, 0 for nil
//
// # print and println
//
//	printlock() printunlock() printnl() printsp()
//	printbool(bool) printint(int64) printuint(uint64) printhex(uint64) printfloat64(float64) printfloat32(float32)
//	printcomplex128(complex128) printcomplex64(complex64) printstring(string) printquoted(string) printslice([]byte)
//	printpointer(P) printuintptr(uintptr) printeface(eface) printiface(iface)
//	(type hex of this package prints with printhex, type quoted with printquoted)
//
// # Arithmetic
//
//	complex128div(n, m complex128) complex128
//
// # unsafe
//
//	unsafeslice(et *_type, p P, len int); unsafeslice64(et, p, len int64)   checks of unsafe.Slice
//	unsafestring(p P, len int); unsafestring64(p, len int64)                checks of unsafe.String
//
// # Variables
//
//	zeroVal [1024]byte, zerobase uintptr (address of zero-size objects), staticuint64s [256]uint64 (entry i holds i),
//	writeBarrier.enabled
//
// # Intrinsics: the compiler replaces calls of these (no body)
//
//	getg() *g                                                the pinned register (an rt entry too)
//	getfp() uintptr                                          the frame pointer of the calling function
//	KeepAlive(x any)                                         x stays live up to here
//	(in other packages: see the list in rt/go/README.md)
//
// # Called by rt, not by compiled code
//
//	main, panicFromRT, sigpanic, and callbacks stored by registration functions
