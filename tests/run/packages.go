package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

type person struct {
	Name  string         `json:"name"`
	Age   int            `json:"age,omitempty"`
	Tags  []string       `json:"tags"`
	Extra map[string]any `json:"extra,omitempty"`
	inner int
}

func main() {
	p := person{Name: "Ann", Age: 30, Tags: []string{"x", "y"}, Extra: map[string]any{"k": 1.5, "a": nil}}
	text, err := json.Marshal(p)
	fmt.Println(string(text), err)
	var q person
	err = json.Unmarshal([]byte(`{"name":"Bob","tags":["z"],"extra":{"n":[1,"two",true]}}`), &q)
	fmt.Printf("%+v %v\n", q, err)
	t := reflect.TypeOf(p)
	for i := range t.NumField() {
		fmt.Print(t.Field(i).Name, " ", t.Field(i).Type, " ", t.Field(i).Tag.Get("json"), "; ")
	}
	fmt.Println(reflect.DeepEqual(p, q), reflect.ValueOf(&p).Elem().Field(1).Int())
	re := regexp.MustCompile(`(\w+)@(\w+)\.com`)
	fmt.Println(re.FindStringSubmatch("mail bob@example.com now"), re.ReplaceAllString("a@b.com", "$2 at $1"))
	n, err := strconv.Atoi("12x")
	fmt.Println(n, err, strconv.Quote("a\tb"), strconv.FormatFloat(1.0/3, 'g', -1, 64))
	d := 90 * time.Minute
	when := time.Date(2024, time.February, 29, 12, 0, 0, 0, time.UTC).Add(24 * time.Hour)
	fmt.Println(d, when.Format(time.RFC1123), when.Weekday(), when.YearDay())
	sc := bufio.NewScanner(strings.NewReader("one\ntwo three\n"))
	for sc.Scan() {
		fmt.Print(len(sc.Text()), " ")
	}
	fmt.Println(hex.EncodeToString([]byte("hi")), bytes.Equal([]byte("a"), []byte("a")))
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "a\tbbb\tc")
	fmt.Fprintln(w, "aaaa\tb\tc")
	w.Flush()
	var a, b int
	fmt.Sscanf("10 20", "%d %d", &a, &b)
	fmt.Println(a + b)
}
