// Encodings, hashes, compression.
package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"hash/fnv"
	"hash/maphash"
	"io"
	"math/rand"
	"os"
	"strings"
)

var kernels = []struct {
	name string
	run  func() any
}{
	{"sha256", func() any { return fmt.Sprintf("%x", sha256.Sum256(data(8<<20)))[:8] }},
	{"sha1", func() any { return fmt.Sprintf("%x", sha1.Sum(data(8<<20)))[:8] }},
	{"md5", func() any { return fmt.Sprintf("%x", md5.Sum(data(16<<20)))[:8] }},
	{"crc32", func() any { return crc32.ChecksumIEEE(data(32 << 20)) }},
	{"adler32", func() any { return adler32.Checksum(data(32 << 20)) }},
	{"fnv", fnvKernel},
	{"maphash", mapHash},
	{"json-encode", jsonEncode},
	{"json-decode", jsonDecode},
	{"json-any", jsonAny},
	{"gob", gobKernel},
	{"xml", xmlKernel},
	{"base64", base64Kernel},
	{"hex", hexKernel},
	{"csv", csvKernel},
	{"deflate", deflate},
	{"inflate", inflate},
	{"binary", binaryKernel},
	{"rand", randKernel},
}

func main() {
	for _, k := range kernels {
		if len(os.Args) < 2 {
			fmt.Println(k.name)
		} else if os.Args[1] == k.name {
			fmt.Println(k.run())
		}
	}
}

func data(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

func fnvKernel() any {
	h := fnv.New64a()
	b := data(1 << 16)
	for range 300 {
		h.Write(b)
	}
	return h.Sum64()
}

func mapHash() any {
	seed := maphash.MakeSeed()
	b := data(1 << 12)
	n := 0
	for i := range 50_000 {
		if maphash.Bytes(seed, b[i&63:]) == maphash.Bytes(seed, b[i&63:]) {
			n++
		}
	}
	return n
}

type item struct {
	ID    int               `json:"id" xml:"id,attr"`
	Name  string            `json:"name" xml:"name"`
	Price float64           `json:"price" xml:"price"`
	Tags  []string          `json:"tags" xml:"tag"`
	Attrs map[string]string `json:"attrs,omitempty" xml:"-"`
}

func items(n int) []item {
	out := make([]item, n)
	for i := range out {
		out[i] = item{i, fmt.Sprint("item-", i), float64(i) * 1.25, []string{"red", "blue"}, map[string]string{"k": "v"}}
	}
	return out
}

func jsonEncode() any {
	it := items(1000)
	n := 0
	for range 60 {
		b, err := json.Marshal(it)
		if err != nil {
			return err
		}
		n += len(b)
	}
	return n
}

func jsonDecode() any {
	b, _ := json.Marshal(items(1000))
	n := 0
	for range 25 {
		var it []item
		if err := json.Unmarshal(b, &it); err != nil {
			return err
		}
		n += len(it)
	}
	return n
}

func jsonAny() any {
	b, _ := json.Marshal(items(1000))
	n := 0
	for range 25 {
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			return err
		}
		n += len(v.([]any))
	}
	return n
}

func gobKernel() any {
	it := items(500)
	n := 0
	for range 40 {
		var b bytes.Buffer
		if err := gob.NewEncoder(&b).Encode(it); err != nil {
			return err
		}
		n += b.Len()
		var back []item
		if err := gob.NewDecoder(&b).Decode(&back); err != nil {
			return err
		}
		n += len(back)
	}
	return n
}

func xmlKernel() any {
	it := items(300)
	n := 0
	for range 15 {
		b, err := xml.Marshal(struct{ Item []item }{it})
		if err != nil {
			return err
		}
		var back struct{ Item []item }
		if err := xml.Unmarshal(bytes.ReplaceAll(b, []byte("<>"), nil), &back); err != nil {
			n++
		}
		n += len(b)
	}
	return n
}

func base64Kernel() any {
	b := data(1 << 16)
	n := 0
	for range 300 {
		s := base64.StdEncoding.EncodeToString(b)
		d, _ := base64.StdEncoding.DecodeString(s)
		n += len(s) + len(d)
	}
	return n
}

func hexKernel() any {
	b := data(1 << 16)
	n := 0
	for range 300 {
		s := hex.EncodeToString(b)
		d, _ := hex.DecodeString(s)
		n += len(s) + len(d)
	}
	return n
}

func csvKernel() any {
	text := strings.Repeat("1,hello,\"quoted, text\",3.5\n", 10000)
	n := 0
	for range 12 {
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			return err
		}
		n += len(rows)
	}
	return n
}

func prose() []byte {
	r := rand.New(rand.NewSource(1))
	words := strings.Fields("the of and a to in is you that it he was for on are as with his they I at be this have from or one had by word")
	var b bytes.Buffer
	for b.Len() < 1<<20 {
		b.WriteString(words[r.Intn(len(words))])
		b.WriteByte(' ')
	}
	return b.Bytes()
}

func deflate() any {
	p := prose()
	n := 0
	for range 4 {
		var b bytes.Buffer
		w, _ := flate.NewWriter(&b, 6)
		w.Write(p)
		w.Close()
		n += b.Len()
	}
	return n
}

func inflate() any {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(prose())
	w.Close()
	n := int64(0)
	for range 15 {
		r, err := gzip.NewReader(bytes.NewReader(b.Bytes()))
		if err != nil {
			return err
		}
		c, err := io.Copy(io.Discard, r)
		if err != nil {
			return err
		}
		n += c
	}
	return n
}

func binaryKernel() any {
	b := make([]byte, 4096)
	s := uint64(0)
	for i := range 20_000 {
		for j := 0; j+8 <= len(b); j += 8 {
			binary.LittleEndian.PutUint64(b[j:], uint64(i+j))
		}
		for j := 0; j+4 <= len(b); j += 4 {
			s += uint64(binary.BigEndian.Uint32(b[j:]))
		}
	}
	return s
}

func randKernel() any {
	r := rand.New(rand.NewSource(42))
	s := 0.0
	for range 10_000_000 {
		s += r.Float64() + float64(r.Intn(10))
	}
	return int(s)
}
