// Strings, formatting, scanning, regular expressions.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"
)

var kernels = []struct {
	name string
	run  func() any
}{
	{"builder", builder},
	{"concat", concat},
	{"split-join", splitJoin},
	{"fields", fields},
	{"replace", replace},
	{"index", index},
	{"case-map", caseMap},
	{"runes", runes},
	{"compare", compare},
	{"sprintf", sprintf},
	{"sprint-struct", sprintStruct},
	{"itoa-atoi", itoaAtoi},
	{"floats", floats},
	{"scanner", scanner},
	{"word-count", wordCount},
	{"reader-lines", readerLines},
	{"bytes-buffer", bytesBuffer},
	{"regexp-find", regexpFind},
	{"regexp-replace", regexpReplace},
	{"template", templates},
	{"parse-expr", parseExpr},
	{"string-switch", stringSwitch},
	{"conversions", conversions},
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

const sentence = "The quick brown fox jumps over the lazy dog, and then it sleeps for a while. "

func builder() any {
	n := 0
	for range 300 {
		var sb strings.Builder
		for i := range 20000 {
			sb.WriteByte(byte('a' + i%26))
			sb.WriteString("xyz")
			if i%10 == 0 {
				sb.WriteRune('é')
			}
		}
		n += sb.Len()
	}
	return n
}

func concat() any {
	n := 0
	for i := range 3_000_000 {
		a, b := "key", "value"
		if i&1 == 0 {
			a = "k"
		}
		s := a + "=" + b + ";"
		n += len(s) + int(s[0])
	}
	return n
}

func splitJoin() any {
	text := strings.Repeat("alpha,beta,gamma,delta,", 1000)
	n := 0
	for range 500 {
		parts := strings.Split(text, ",")
		n += len(parts) + len(strings.Join(parts, ";"))
	}
	return n
}

func fields() any {
	text := strings.Repeat(sentence, 200)
	n := 0
	for range 400 {
		for _, f := range strings.Fields(text) {
			n += len(strings.Trim(f, ".,"))
		}
	}
	return n
}

func replace() any {
	text := strings.Repeat(sentence, 200)
	r := strings.NewReplacer("quick", "slow", "lazy", "busy", ".", "!")
	n := 0
	for range 200 {
		n += len(strings.ReplaceAll(text, "fox", "wolf")) + len(r.Replace(text))
	}
	return n
}

func index() any {
	text := strings.Repeat(sentence, 1000) + "needle"
	n := 0
	for range 1000 {
		n += strings.Index(text, "needle") + strings.IndexByte(text, '#') + strings.Count(text, "o") + strings.LastIndex(text, "fox")
		if strings.Contains(text, "haystack") || strings.HasPrefix(text, "the") {
			n++
		}
	}
	return n
}

func caseMap() any {
	text := strings.Repeat(sentence+"Größe Éclair ", 100)
	n := 0
	for range 200 {
		n += len(strings.ToUpper(text)) + len(strings.ToLower(text)) + len(strings.Title(text))
		if strings.EqualFold(text, strings.ToUpper(text)) {
			n++
		}
	}
	return n
}

func runes() any {
	text := strings.Repeat(sentence+"日本語テキスト ñandú ", 300)
	n := 0
	for range 200 {
		for i, r := range text {
			if unicode.IsLetter(r) && !unicode.IsUpper(r) {
				n += i & 1
			}
		}
		n += utf8.RuneCountInString(text) + len([]rune(text))
	}
	return n
}

func compare() any {
	words := strings.Fields(strings.Repeat(sentence, 20))
	n := 0
	for range 200 {
		for i := range words {
			for j := i; j < min(i+40, len(words)); j++ {
				if words[i] == words[j] {
					n++
				}
				if words[i] < words[j] {
					n += 2
				}
			}
		}
	}
	return n
}

func sprintf() any {
	n := 0
	for i := range 500_000 {
		n += len(fmt.Sprintf("%d %s %5.2f %x %v", i, "name", float64(i)/3, i, true))
	}
	return n
}

type config struct {
	Name  string
	Port  int
	Tags  []string
	Inner struct{ A, B float64 }
}

func sprintStruct() any {
	c := config{Name: "srv", Port: 80, Tags: []string{"x", "y"}}
	n := 0
	for i := range 150_000 {
		c.Port = i
		n += len(fmt.Sprintf("%v %+v", c, &c))
	}
	return n
}

func itoaAtoi() any {
	n := 0
	for i := range 5_000_000 {
		s := strconv.Itoa(i * 37)
		v, _ := strconv.Atoi(s)
		n += v & 15
	}
	return n
}

func floats() any {
	n := 0
	for i := range 600_000 {
		s := strconv.FormatFloat(float64(i)*1.37e-3, 'g', -1, 64)
		v, _ := strconv.ParseFloat(s, 64)
		n += len(s) + int(v)&1
	}
	return n
}

func scanner() any {
	text := strings.Repeat(sentence+"\n", 20000)
	n := 0
	for range 6 {
		sc := bufio.NewScanner(strings.NewReader(text))
		for sc.Scan() {
			n += len(sc.Text())
		}
		sc = bufio.NewScanner(strings.NewReader(text))
		sc.Split(bufio.ScanWords)
		for sc.Scan() {
			n += len(sc.Bytes())
		}
	}
	return n
}

func wordCount() any {
	text := strings.Repeat(sentence, 10000)
	counts := map[string]int{}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		counts[strings.ToLower(w)]++
	}
	return counts["the"]
}

func readerLines() any {
	var b bytes.Buffer
	for i := range 200_000 {
		fmt.Fprintf(&b, "%d,%d\n", i, i*3)
	}
	s := 0
	r := bufio.NewReader(&b)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			break
		}
		a, c, _ := strings.Cut(strings.TrimSpace(line), ",")
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(c)
		s += y - x
	}
	return s
}

func bytesBuffer() any {
	n := 0
	for range 300 {
		var b bytes.Buffer
		for i := range 10000 {
			b.WriteString("line ")
			b.WriteByte(byte(i))
			b.Write([]byte("tail"))
		}
		for {
			c, err := b.ReadByte()
			if err != nil {
				break
			}
			n += int(c)
		}
	}
	return n
}

func regexpFind() any {
	re := regexp.MustCompile(`(\w+)@(\w+)\.com`)
	text := strings.Repeat("some words before joe@example.com and more after; ", 200)
	n := 0
	for range 50 {
		n += len(re.FindAllStringSubmatch(text, -1))
	}
	return n
}

func regexpReplace() any {
	re := regexp.MustCompile(`[aeiou]+`)
	text := strings.Repeat(sentence, 100)
	n := 0
	for range 60 {
		n += len(re.ReplaceAllString(text, "*"))
		if regexp.MustCompile(`^T.*z[a-f]+`).MatchString(text) {
			n++
		}
	}
	return n
}

func templates() any {
	t := template.Must(template.New("t").Parse(`{{range .}}<li>{{.Name}} {{if gt .Port 5}}{{.Port | printf "%04d"}}{{end}}</li>{{end}}`))
	items := make([]config, 100)
	for i := range items {
		items[i] = config{Name: "n", Port: i}
	}
	n := 0
	for range 200 {
		var b strings.Builder
		if err := t.Execute(&b, items); err != nil {
			return err
		}
		n += b.Len()
	}
	return n
}

type parser struct {
	s   string
	pos int
}

func (p *parser) peek() byte {
	for p.pos < len(p.s) && p.s[p.pos] == ' ' {
		p.pos++
	}
	if p.pos < len(p.s) {
		return p.s[p.pos]
	}
	return 0
}
func (p *parser) expr() int {
	v := p.term()
	for {
		switch p.peek() {
		case '+':
			p.pos++
			v += p.term()
		case '-':
			p.pos++
			v -= p.term()
		default:
			return v
		}
	}
}
func (p *parser) term() int {
	v := p.factor()
	for p.peek() == '*' {
		p.pos++
		v *= p.factor()
	}
	return v
}
func (p *parser) factor() int {
	if p.peek() == '(' {
		p.pos++
		v := p.expr()
		p.peek()
		p.pos++
		return v
	}
	v := 0
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		v = v*10 + int(c-'0')
		p.pos++
	}
	return v
}

func parseExpr() any {
	text := strings.Repeat("(12 + 3) * 4 - 5 * (6 - 7) + ", 100) + "1"
	n := 0
	for range 5000 {
		n += (&parser{s: text}).expr()
	}
	return n
}

func stringSwitch() any {
	words := []string{"break", "case", "chan", "const", "foo", "continue", "func", "select", "bar", "struct"}
	n := 0
	for i := range 30_000_000 {
		switch words[i%10] {
		case "break":
			n++
		case "case":
			n += 2
		case "chan", "const":
			n += 3
		case "continue":
			n += 4
		case "func", "go", "select":
			n += 5
		case "struct":
			n += 6
		}
	}
	return n
}

func conversions() any {
	b := []byte(sentence)
	n := 0
	for i := range 4_000_000 {
		s := string(b[:20+i&31])
		n += len(s)
		if string(b[:3]) == "The" {
			n++
		}
		for _, c := range []byte(s[:4]) {
			n += int(c)
		}
	}
	return n
}
