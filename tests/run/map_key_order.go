// When the key of a map element is evaluated: before what follows if it is copied, after it if it goes into a register.
package main

import "fmt"

var neg8 int8 = -1
var neg = -1
var arr []int

func note[T any](s string, v T) T { fmt.Print(s, " "); return v }

func try(name string, f func()) {
	fmt.Print(name, ": ")
	defer func() { fmt.Println(recover()) }()
	f()
}

type key struct{ a, b int }
type str string

func keys() {
	var x16 uint16 = 3
	var x32 uint32 = 3
	var x64 uint64 = 3
	var i32 int32 = 3
	s := "abc"
	var e any = 1
	try("lit16", func() { _ = map[uint16]bool{x16 >> neg8: note("v", true)} })
	try("lit32", func() { _ = map[uint32]bool{x32 >> neg8: note("v", true)} })
	try("lit64", func() { _ = map[uint64]bool{x64 >> neg8: note("v", true)} })
	try("liti32", func() { _ = map[int32]bool{i32 >> neg8: note("v", true)} })
	try("lits", func() { _ = map[string]bool{s[neg:]: note("v", true)} })
	try("litstr", func() { _ = map[str]bool{str(s[neg:]): note("v", true)} })
	try("litkey", func() { _ = map[key]bool{key{1, arr[2]}: note("v", true)} })
	try("litany", func() { _ = map[any]bool{e.(string): note("v", true)} })
	try("litany2", func() { _ = map[any]bool{arr[neg+3]: note("v", true)} })
	try("litfloat", func() { _ = map[float64]bool{float64(arr[neg+3]): note("v", true)} })
	m16, m32, m64, mi, ms, mk, ma := map[uint16]bool{}, map[uint32]bool{}, map[uint64]bool{}, map[int32]bool{}, map[string]bool{}, map[key]bool{}, map[any]bool{}
	try("16", func() { m16[x16>>neg8] = note("v", true) })
	try("32", func() { m32[x32>>neg8] = note("v", true) })
	try("64", func() { m64[x64>>neg8] = note("v", true) })
	try("i32", func() { mi[i32>>neg8] = note("v", true) })
	try("s", func() { ms[s[neg:]] = note("v", true) })
	try("key", func() { mk[key{1, arr[2]}] = note("v", true) })
	try("any", func() { ma[e.(string)] = note("v", true) })
	try("any2", func() { ma[arr[neg+3]] = note("v", true) })
	var nilm map[uint16]bool
	try("nil", func() { nilm[x16] = note("v", true) })
	try("2,2", func() { m16[x16>>neg8], m16[1] = note("v", true), note("w", true) })
	try("get+", func() { _ = note("a", 1) + len(fmt.Sprint(m16[x16>>neg8])) })
	try("get2", func() { fmt.Print(m16[x16>>neg8], note("a", 1)) })
	try("get3", func() { fmt.Print(m32[x32>>neg8], note("a", 1)) })
	try("del", func() { delete(m16, x16>>neg8) })
	x := map[uint16]int{}
	try("op", func() { x[x16>>neg8] += note("v", 1) })
	y := map[uint32]int{}
	try("op32", func() { y[x32>>neg8] += note("v", 1) })
	try("commaok", func() { a, b := m16[x16>>neg8]; _, _ = a, b })
	try("nested", func() {
		_ = []map[uint16]bool{note("n", map[uint16]bool{}), {1: note("k", true), x16 >> neg8: note("v", true), 4: note("z", false)}}
	})
	try("nested32", func() {
		_ = []map[uint32]bool{note("n", map[uint32]bool{}), {1: note("k", true), x32 >> neg8: note("v", true), 4: note("z", false)}}
	})
}

func call(s string) *[4]int      { fmt.Print(s, " "); return &[4]int{} }
func sl(s string) []int          { fmt.Print(s, " "); return []int{1, 2} }
func mm(s string) map[uint16]int { fmt.Print(s, " "); return map[uint16]int{} }

type st struct {
	f int
	a [3]int
}

func pst(s string) *st { fmt.Print(s, " "); return nil }

type k4 struct{ a, b int16 }

var gk = k4{1, 2}
var garr = [2]int16{1, 2}
var g16 uint16 = 5
var gany any = 5

func setk() int { gk = k4{7, 8}; garr = [2]int16{9, 9}; g16 = 6; gany = 6; return 1 }

func assignments() {
	try("l1", func() { call("c")[1] = arr[5] })
	try("l2", func() { sl("c")[1] = arr[5] })
	try("l3", func() { sl("c")[7] = arr[5] })
	try("l4", func() { mm("c")[7] = arr[5] })
	try("l5", func() { pst("c").f = arr[5] })
	try("l6", func() { pst("c").a[neg+2] = arr[5] })
	try("l7", func() { *call("c") = [4]int{arr[5]} })
	try("l8", func() { sl("c")[arr[3]] = arr[5] })
	try("l9", func() { call("a")[sl("b")[5]] = arr[9] })
	try("m1", func() { m := map[k4]int{}; m[gk] = setk(); fmt.Print(m) })
	try("m2", func() { m := map[[2]int16]int{}; m[garr] = setk(); fmt.Print(m) })
	try("m3", func() { m := map[uint16]int{}; m[g16] = setk(); fmt.Print(m) })
	try("m4", func() { m := map[any]int{}; m[gany] = setk(); fmt.Print(m) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("m5", func() { fmt.Print(map[k4]int{gk: setk()}) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("m6", func() { fmt.Print(map[[2]int16]int{garr: setk()}) })
	try("m7", func() { fmt.Print(map[any]int{g16: setk()}) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("m8", func() { fmt.Print(map[uint16]int{g16: setk()}) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("m9", func() { m := map[uint16]int{5: 55, 6: 66}; var a [2]int; a[0], a[1] = m[g16], setk(); fmt.Print(a) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("n1", func() { m := map[uint16]int{5: 55, 6: 66}; fmt.Print(m[g16] + setk()) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("n2", func() { m := map[k4]int{{1, 2}: 55, {7, 8}: 66}; fmt.Print(m[gk] + setk()) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("n3", func() { m := map[k4]int{{1, 2}: 55, {7, 8}: 66}; x := m[gk]; x, m[gk] = setk(), x; fmt.Print(m, x) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("n4", func() { m := map[uint16]int{5: 55, 6: 66}; m[g16+0] += setk(); fmt.Print(m) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("n5", func() { m := map[uint16]int{5: 55, 6: 66}; m[g16] += setk(); fmt.Print(m) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("n6", func() { m := map[any]int{}; m[g16] = setk(); fmt.Print(m) })
	gk, garr, g16, gany = k4{1, 2}, [2]int16{1, 2}, 5, 5
	try("n7", func() { m := map[any]int{}; m[gk] = setk(); fmt.Print(m) })
	try("n8", func() { m := map[any]int{}; m[arr[3]] = arr[5] })
	try("n9", func() { m := map[any]int{}; m[arr] = arr[5] })
	try("o1", func() { m := map[any]int{}; m[arr] = setk() })
	try("o2", func() { m := map[float64]int{}; m[float64(arr[3])] = arr[5] })
	try("o3", func() { m := map[float64]int{}; m[float64(arr[3])], m[2] = arr[5], setk() })
	try("o4", func() { var m map[uint8]int; m[uint8(len(arr))] = arr[5] })
	try("o5", func() { var m map[uint8]int; m[uint8(len(arr))] = setk() })
}

func literals() {
	g0 := 9
	two := []int64{1, 2}
	try("p1", func() { _ = map[int32]int64{int32(arr[3]): two[g0]} })
	try("p2", func() { _ = map[uint16]int64{uint16(arr[3]): two[g0]} })
	try("p3", func() { _ = map[string]int64{"abc"[g0:]: two[g0]} })
	try("p4", func() { _ = map[int32]int64{int32(note("k", 1) + arr[3]): two[g0]} })
	try("p5", func() { _ = map[int32]int64{int32(note("k", 1) + arr[3]): note("v", two[g0])} })
	try("p6", func() { m := map[int32]int64{}; m[int32(arr[3])] = two[g0] })
	try("p7", func() { m := map[int32][4]int64{}; m[int32(arr[3])] = [4]int64{two[g0]} })
	try("p8", func() { _ = map[int32]st{int32(note("k", 1) + arr[3]): {f: int(two[g0])}} })
	try("p9", func() { fmt.Print(map[k4]st{{1, int16(note("k", 2))}: {f: note("v", 7)}, {3, 4}: {f: 8}}) })
	try("q1", func() { fmt.Print(map[[2]int]int{{1, note("k", 2)}: note("v", 7), {3, 4}: 8, {len(arr), 1}: len(two)}) })
}

func main() {
	keys()
	assignments()
	literals()
}
