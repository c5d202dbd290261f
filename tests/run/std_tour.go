// Packages of std that lean on the runtime or on large tables.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"io"
	"io/fs"
	"log"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"
)

type Person struct {
	Name    string         `json:"name" xml:"name,attr"`
	Age     int            `json:"age,omitempty"`
	Emails  []string       `json:"emails"`
	Extra   map[string]any `json:"extra" xml:"-"`
	private int
	Boss    *Person   `json:"boss,omitempty"`
	When    time.Time `json:"when"`
	_       map[string]string
}

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func encodings() {
	p := Person{Name: "Ann", Age: 30, Emails: []string{"a@b"}, Extra: map[string]any{"x": 1.5, "a": nil}, Boss: &Person{Name: "Bob"}, When: time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)}
	b, err := json.MarshalIndent(p, "", " ")
	check(err)
	fmt.Println(string(b))
	var q Person
	check(json.Unmarshal(b, &q))
	fmt.Println(q.Boss.Name, q.Extra["x"], q.When.Equal(p.When))
	fmt.Println(json.Unmarshal([]byte(`{"name": 1}`), &q))
	x, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"p"`
		V       []int    `xml:"v"`
	}{V: []int{1, 2}})
	fmt.Println(string(x), err)
	var buf bytes.Buffer
	check(gob.NewEncoder(&buf).Encode(map[string][]int{"k": {1, 2, 3}}))
	var m map[string][]int
	check(gob.NewDecoder(&buf).Decode(&m))
	fmt.Println(m)
	fmt.Println(base64.StdEncoding.EncodeToString([]byte("hello")), hex.EncodeToString([]byte{1, 255}), binary.BigEndian.Uint32([]byte{1, 2, 3, 4}))
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprint(w, strings.Repeat("compress me ", 1000))
	w.Close()
	r, err := gzip.NewReader(&z)
	check(err)
	data, err := io.ReadAll(r)
	fmt.Println(len(data), err)
	fmt.Printf("%x %08x\n", sha256.Sum256([]byte("abc")), crc32.ChecksumIEEE([]byte("abc")))
}

func numbers() {
	f := new(big.Int)
	f.MulRange(1, 50)
	fmt.Println(f, f.BitLen(), new(big.Int).Exp(big.NewInt(3), big.NewInt(200), big.NewInt(1000007)))
	fmt.Println(math.Sqrt(2), math.Floor(-1.5), math.Trunc(1.9), math.Sin(1), math.Exp(1), math.Pow(2, 0.5), math.Inf(1), math.MaxUint32, math.FMA(2, 3, 4), math.Mod(7, -3), math.Cbrt(27))
	fmt.Println(bits.OnesCount(255), bits.LeadingZeros64(1), bits.Reverse8(1), bits.TrailingZeros(8))
	hi, lo := bits.Mul64(1<<63, 6)
	fmt.Println(hi, lo, strconv.Quote("a\tb\u00e9\x00"), strconv.FormatFloat(1.0/3, 'e', 5, 64), strconv.Itoa(-45))
	n, err := strconv.ParseInt("99999999999999999999", 10, 64)
	fmt.Println(n, err)
	rng := rand.New(rand.NewPCG(1, 2))
	fmt.Println(rng.IntN(100), rng.IntN(100), rng.Perm(5), rand.IntN(10) < 10)
	var h maphash.Hash
	h.WriteString("x")
	fmt.Println(h.Sum64() == h.Sum64())
}

func text() {
	fmt.Printf("%5d|%-5s|%05.1f|%x|%q|%v|%+v|%T|%p\n", 42, "ab", 3.14159, "hi", 'x', []string{"a"}, struct{ A int }{1}, 1.5, nil)
	fmt.Printf("%!|%d %s|%[2]d %[1]d|%*d|%t|%e|%08b|%c|%U\n", 1, 2, 5, 3, true, 1e6, 5, 'é', 'é')
	fmt.Println(regexp.MustCompile(`(\w+)@(\w+)\.com`).FindAllStringSubmatch("bob@example.com, al@test.com", -1))
	t := template.Must(template.New("t").Funcs(template.FuncMap{"up": strings.ToUpper}).Parse("{{range $i, $e := .}}{{$i}}={{$e | up}} {{end}}{{len .}}\n"))
	check(t.Execute(os.Stdout, []string{"x", "y"}))
	fmt.Println(strings.Fields(" a  b c "), strings.Split("a,b,c", ","), strings.ReplaceAll("aXbX", "X", "--"), strings.ToTitle("straße"), strings.EqualFold("Σ", "ς"), strings.Index("chicken", "ken"), strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return -1
		}
		return r
	}, "aBcD"))
	fmt.Println(utf8.RuneCountInString("héllo"), utf8.ValidString("\xff"), bytes.Contains([]byte("seafood"), []byte("foo")))
	tw := tabwriter.NewWriter(os.Stdout, 0, 8, 1, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "a\tbbb\tc")
	fmt.Fprintln(tw, "aaaa\tb\tccc")
	tw.Flush()
	sc := bufio.NewScanner(strings.NewReader("one two\nthree"))
	sc.Split(bufio.ScanWords)
	for sc.Scan() {
		fmt.Print(sc.Text(), ";")
	}
	fmt.Println()
	var a int
	var s string
	n, err := fmt.Sscanf("12 abc", "%d %s", &a, &s)
	fmt.Println(n, err, a, s)
	log.New(os.Stdout, "log: ", log.Lshortfile).Println("line")
}

func files() {
	dir, err := os.MkdirTemp("", "tour")
	check(err)
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "f.txt")
	check(os.WriteFile(name, []byte("line 1\nline 2\n"), 0o600))
	f, err := os.OpenFile(name, os.O_APPEND|os.O_RDWR, 0)
	check(err)
	fmt.Fprintf(f, "line %d\n", 3)
	f.Seek(5, io.SeekStart)
	b := make([]byte, 3)
	io.ReadFull(f, b)
	st, _ := f.Stat()
	fmt.Printf("%q %d %v\n", b, st.Size(), st.Mode())
	f.Close()
	_, err = f.Read(b)
	fmt.Println(errors.Is(err, os.ErrClosed))
	_, err = os.Open(filepath.Join(dir, "missing"))
	var pe *fs.PathError
	fmt.Println(errors.Is(err, fs.ErrNotExist), errors.As(err, &pe), pe.Op, pe.Err)
	check(os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	var names []string
	check(filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		names = append(names, rel)
		return err
	}))
	fmt.Println(names)
}

func processes() {
	out, err := exec.Command("sh", "-c", "echo out; echo err >&2; exit 3").Output()
	var ee *exec.ExitError
	fmt.Printf("%q %v %q\n", out, err, errors.As(err, &ee))
	cmd := exec.Command("cat")
	cmd.Stdin = strings.NewReader("through a pipe")
	out, err = cmd.CombinedOutput()
	fmt.Printf("%q %v\n", out, err)
	os.Setenv("TOUR", "value")
	out, _ = exec.Command("sh", "-c", "echo $TOUR").Output()
	fmt.Printf("%q\n", out)
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-c)
}

func network() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		c, err := l.Accept()
		check(err)
		io.Copy(c, c)
		c.Close()
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	fmt.Fprint(c, "echo")
	c.(*net.TCPConn).CloseWrite()
	b, err := io.ReadAll(c)
	fmt.Println(string(b), err)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Test", r.URL.Query().Get("q"))
		fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
	}))
	defer srv.Close()
	resp, err := http.Get(srv.URL + "/path?q=" + url.QueryEscape("a b"))
	check(err)
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	fmt.Println(resp.StatusCode, resp.Header.Get("X-Test"), string(body))
}

func main() {
	encodings()
	numbers()
	text()
	files()
	processes()
	network()
	d, _ := time.ParseDuration("1h15m30.918s")
	fmt.Println(d, d.Round(time.Minute), time.Unix(1e9, 0).UTC().Format(time.RFC1123), time.Date(2023, 1, 31, 0, 0, 0, 0, time.UTC).AddDate(0, 1, 0).Weekday())
	words := strings.Fields("the quick brown fox jumps over the lazy dog")
	sort.Strings(words)
	i, found := slices.BinarySearch(words, "fox")
	fmt.Println(words, i, found, slices.Max(words), slices.Compact(words))
}
