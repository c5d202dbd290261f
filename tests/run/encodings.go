// Packages encoding/binary, hex, base64, csv, gob, xml, hash/* and crypto/*.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"hash/crc64"
	"hash/fnv"
	"io"
	"strings"
)

type header struct {
	Magic   uint32
	Version uint16
	Flags   [3]uint8
	Size    int64
	F       float32
}

type node struct {
	XMLName xml.Name `xml:"node"`
	ID      int      `xml:"id,attr"`
	Text    string   `xml:",chardata"`
	Kids    []node   `xml:"node"`
	Opt     *string  `xml:"opt"`
}

func main() {
	var buf bytes.Buffer
	h := header{0xCAFEBABE, 2, [3]uint8{1, 2, 3}, -5, 1.5}
	fmt.Println(binary.Write(&buf, binary.BigEndian, h), binary.Size(h))
	fmt.Printf("% x\n", buf.Bytes())
	var back header
	fmt.Println(binary.Read(&buf, binary.BigEndian, &back), back == h)
	b := binary.AppendUvarint(nil, 300)
	b = binary.AppendVarint(b, -129)
	u, n := binary.Uvarint(b)
	v, n2 := binary.Varint(b[n:])
	fmt.Println(b, u, n, v, n2)
	le := make([]byte, 8)
	binary.LittleEndian.PutUint64(le, 0x0102030405060708)
	fmt.Println(le, binary.BigEndian.Uint32(le), binary.LittleEndian.Uint16(le[6:]), binary.LittleEndian)
	fmt.Println(hex.EncodeToString([]byte("hi\xff")))
	_, err := hex.DecodeString("abc")
	_, err2 := hex.DecodeString("zz")
	fmt.Println(err, err2)
	fmt.Print(hex.Dump([]byte("0123456789abcdefXYZ")))
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
		s := e.EncodeToString([]byte("any carnal pleas\xff\xfe"))
		d, err := e.DecodeString(s)
		fmt.Println(s, string(d[:3]), err)
	}
	_, err = base64.StdEncoding.DecodeString("a$b=")
	fmt.Println(err, base32.StdEncoding.EncodeToString([]byte("foobar")))
	data := []byte("The quick brown fox jumps over the lazy dog")
	fmt.Printf("%x\n%x\n%x\n%x\n", sha256.Sum256(data), sha1.Sum(data), md5.Sum(data), sha512.Sum512_256(data))
	sh := sha256.New()
	for range 1000 {
		sh.Write(data)
	}
	fmt.Printf("%x\n", sh.Sum(nil))
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write(data)
	fmt.Printf("%x\n", mac.Sum(nil))
	f := fnv.New64a()
	f.Write(data)
	fmt.Println(crc32.ChecksumIEEE(data), crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)), crc64.Checksum(data, crc64.MakeTable(crc64.ISO)), adler32.Checksum(data), f.Sum64())
	r := csv.NewReader(strings.NewReader("a,b,c\n\"q \"\"x\"\"\",,\"multi\nline\"\n"))
	recs, err := r.ReadAll()
	fmt.Printf("%q %v\n", recs, err)
	_, err = csv.NewReader(strings.NewReader("a,\"b\nc")).ReadAll()
	fmt.Println(err)
	var out strings.Builder
	w := csv.NewWriter(&out)
	w.Write([]string{"x", "y z", "a\"b", "c,d"})
	w.Flush()
	fmt.Print(out.String())
	buf.Reset()
	type G struct {
		M map[string][]int
		P *G
		I any
	}
	gob.Register(header{})
	fmt.Println(gob.NewEncoder(&buf).Encode(G{M: map[string][]int{"a": {1, 2}}, P: &G{I: h}}))
	var g G
	fmt.Println(gob.NewDecoder(&buf).Decode(&g), g.M, g.P.I)
	x, err := xml.MarshalIndent(node{ID: 1, Text: "t<&>", Kids: []node{{ID: 2}}}, "", " ")
	fmt.Println(string(x), err)
	var nd node
	fmt.Println(xml.Unmarshal([]byte(`<?xml version="1.0"?><node id="7">hi<node id="8"/><opt>o</opt></node>`), &nd), nd.ID, nd.Text, len(nd.Kids), *nd.Opt)
	fmt.Println(xml.Unmarshal([]byte(`<node><x></node>`), &nd))
	var zbuf bytes.Buffer
	zw := gzip.NewWriter(&zbuf)
	zw.Write(bytes.Repeat(data, 100))
	zw.Close()
	zr, err := gzip.NewReader(&zbuf)
	un, err2 := io.ReadAll(zr)
	fmt.Println(err, err2, len(un), zbuf.Len())
}
