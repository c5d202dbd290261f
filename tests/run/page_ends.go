// Searches, comparisons and hashes of bytes that lie at the very beginning or the very end of accessible memory, against the obvious loops; random
// bytes by many goroutines.
package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"hash/maphash"
	mrand "math/rand"
	"os"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

const page = 4096

// room is two pages between pages that cannot be read.
func room() []byte {
	mem, err := syscall.Mmap(-1, 0, 4*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for _, guard := range [][]byte{mem[:page], mem[3*page:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	return mem[page : 3*page]
}

func naiveIndex(s, sep []byte) int {
	for i := 0; i+len(sep) <= len(s); i++ {
		if string(s[i:i+len(sep)]) == string(sep) {
			return i
		}
	}
	return -1
}

func naiveCompare(a, b []byte) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			if a[i] < b[i] {
				return -1
			}
			return 1
		}
	}
	return len(a) - len(b)
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

var failures int

func check(ok bool, what string, args ...any) {
	if !ok {
		if failures++; failures < 10 {
			fmt.Println("wrong:", what, args)
		}
	}
}

func main() {
	one, two := room(), room()
	r := mrand.New(mrand.NewSource(1))
	// places calls f with copies of s at the beginning, at the end, and around the middle of a room.
	places := func(room, s []byte, f func(s []byte)) {
		for _, at := range []int{0, 1, len(room) - len(s), len(room) - len(s) - 1, page - len(s)/2, page - len(s), page} {
			if at >= 0 && at+len(s) <= len(room) {
				copy(room[at:], s)
				f(room[at : at+len(s)])
			}
		}
	}
	text := func(n, letters int) []byte {
		s := make([]byte, n)
		for i := range s {
			s[i] = 'a' + byte(r.Intn(letters))
		}
		return s
	}
	seed := maphash.MakeSeed()
	for n := 0; n < 200; n++ {
		s := text(n, 3)
		for _, c := range []byte("abcd") {
			want, count := naiveIndex(s, []byte{c}), 0
			for _, b := range s {
				if b == c {
					count++
				}
			}
			places(one, s, func(s []byte) {
				str := unsafe.String(unsafe.SliceData(s), len(s))
				check(bytes.IndexByte(s, c) == want && strings.IndexByte(str, c) == want, "IndexByte", n, c)
				check(bytes.Count(s, []byte{c}) == count && strings.Count(str, string(rune(c))) == count, "Count", n, c)
			})
		}
		for range 20 {
			m := 2 + r.Intn(5)
			if r.Intn(3) == 0 {
				m = 2 + r.Intn(80)
			}
			sep := text(m, 2)
			if r.Intn(2) == 0 && m < n {
				at := r.Intn(n - m + 1)
				sep = bytes.Clone(s[at : at+m])
			}
			want := naiveIndex(s, sep)
			places(one, s, func(s []byte) {
				places(two, sep, func(sep []byte) {
					str, sub := unsafe.String(unsafe.SliceData(s), len(s)), unsafe.String(unsafe.SliceData(sep), len(sep))
					check(bytes.Index(s, sep) == want && strings.Index(str, sub) == want, "Index", str, sub)
					check(strings.Contains(str, sub) == (want >= 0), "Contains", str, sub)
				})
			})
		}
		other := bytes.Clone(s)
		if n > 0 && r.Intn(4) > 0 {
			other[r.Intn(n)] ^= 0x80
		}
		other = other[:n-r.Intn(min(n, 3)+1)]
		want := sign(naiveCompare(s, other))
		places(one, s, func(s []byte) {
			places(two, other, func(other []byte) {
				check(bytes.Compare(s, other) == want, "Compare", n)
				a, b := unsafe.String(unsafe.SliceData(s), len(s)), unsafe.String(unsafe.SliceData(other), len(other))
				check(strings.Compare(a, b) == want && (a < b) == (want < 0) && (a == b) == (want == 0), "strings", n)
			})
		})
		// The same key from everywhere is the same element, and the same hash.
		m, hash := map[string]int{}, maphash.Bytes(seed, s)
		for i := range 20 {
			m[string(text(n, 2+i))] = -i
		}
		m[string(s)] = n + 1
		places(one, s, func(s []byte) {
			check(m[string(s)] == n+1, "map", n)
			check(maphash.Bytes(seed, s) == hash, "hash", n)
			str := unsafe.String(unsafe.SliceData(s), len(s))
			check(maphash.String(seed, str) == hash, "hash", n)
			v, ok := m[str]
			check(ok && v == n+1, "map", n)
		})
	}
	fmt.Println("failures:", failures)

	// Keys of every size that is hashed as memory.
	type pair struct{ a, b int }
	type odd struct {
		a int64
		b int32
		c int16
		d int16
	}
	pairs, odds, arrays, words := map[pair]int{}, map[odd]int{}, map[[33]byte]int{}, map[any]int{}
	for i := range 5000 {
		pairs[pair{i, -i}] = i
		odds[odd{int64(i), int32(i) * 7, int16(i), int16(-i)}] = i
		arrays[[33]byte{byte(i), 32: byte(i >> 8)}] = i
		words[pair{i, -i}], words[i], words[fmt.Sprint(i)], words[float64(i)] = i, i, i, i
	}
	bad := 0
	for i := range 5000 {
		if pairs[pair{i, -i}] != i || odds[odd{int64(i), int32(i) * 7, int16(i), int16(-i)}] != i || arrays[[33]byte{byte(i), 32: byte(i >> 8)}] != i {
			bad++
		}
		if words[pair{i, -i}] != i || words[i] != i || words[fmt.Sprint(i)] != i || words[float64(i)] != i {
			bad++
		}
	}
	fmt.Println(len(pairs), len(odds), len(arrays), len(words), bad)

	// A million collisions in a row would be bad luck.
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[[16]byte]bool{}
	for range 20 {
		wg.Go(func() {
			var b [16]byte
			for range 500 {
				if n, err := rand.Read(b[:]); n != len(b) || err != nil {
					fmt.Println(n, err)
				}
				mu.Lock()
				seen[b] = true
				mu.Unlock()
			}
			big := make([]byte, 100_000)
			rand.Read(big)
			if bytes.Count(big, []byte{0}) > 1000 {
				fmt.Println("not random")
			}
		})
	}
	wg.Wait()
	fmt.Println(len(seen))
}
