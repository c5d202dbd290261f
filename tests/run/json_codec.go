// Package encoding/json: structs, tags, embedded, custom marshallers, streams, errors.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

type Base struct {
	ID   int    `json:"id"`
	Kind string `json:"kind,omitempty"`
}

type Color int

func (c Color) MarshalText() ([]byte, error) { return []byte(fmt.Sprintf("color-%d", int(c))), nil }
func (c *Color) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "color-%d", (*int)(c))
	return err
}

type Money struct{ cents int }

func (m Money) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `"%d.%02d"`, m.cents/100, m.cents%100), nil
}
func (m *Money) UnmarshalJSON(b []byte) error {
	var d, c int
	if _, err := fmt.Sscanf(string(b), `"%d.%d"`, &d, &c); err != nil {
		return errors.New("bad money")
	}
	m.cents = d*100 + c
	return nil
}

type Item struct {
	Base
	Name    string            `json:"name"`
	Tags    []string          `json:"tags"`
	Attrs   map[string]any    `json:"attrs,omitempty"`
	Price   Money             `json:"price"`
	C       Color             `json:"c"`
	Next    *Item             `json:"next,omitempty"`
	Skip    int               `json:"-"`
	Str     int               `json:",string"`
	Raw     json.RawMessage   `json:"raw,omitempty"`
	ByColor map[Color]float64 `json:"by_color,omitempty"`
	Blob    []byte            `json:"blob,omitempty"`
	When    time.Time         `json:"when,omitzero"`
	priv    int
	F       float64
	Arr     [2]bool
	I       any
}

func main() {
	it := Item{Base: Base{1, "k"}, Name: "<n & \"q\">\u2028", Attrs: map[string]any{"b": 1, "a": []int{1}}, Price: Money{1234}, C: 3,
		Next: &Item{Name: "next"}, Str: 5, Raw: json.RawMessage(`{"r":1}`), ByColor: map[Color]float64{2: 1.5, 1: 1e21}, Blob: []byte("blob"), F: 1e-7, I: nil}
	b, err := json.Marshal(it)
	fmt.Println(string(b), err)
	var back Item
	err = json.Unmarshal(b, &back)
	fmt.Println(err, back.Name == it.Name, back.Price, back.C, back.Next.Name, back.Str, string(back.Raw), back.ByColor, string(back.Blob), back.Attrs)
	b, _ = json.MarshalIndent(map[string]any{"z": []any{}, "a": map[string]int{}, "m": []any{1, "x", nil, true, 2.5}}, ">", "  ")
	fmt.Println(string(b))
	var v any
	fmt.Println(json.Unmarshal([]byte(`{"a":[1,2.5,-3e2,"é\u00e9\ud83d\ude00\n",null,true,{"x":{}}]}`), &v), v)
	for _, bad := range []string{`{`, `{"a":}`, `[1,]`, `nul`, `"\x"`, `1 2`, ``, `{"id":"str"}`, `{"tags":5}`, `{"price":1}`, `{"c":"red"}`, "\"a\nb\"", `{"id":1.5}`, `{"id":99999999999999999999}`} {
		var it Item
		err := json.Unmarshal([]byte(bad), &it)
		var se *json.SyntaxError
		var te *json.UnmarshalTypeError
		fmt.Println(err, errors.As(err, &se), errors.As(err, &te))
	}
	dec := json.NewDecoder(strings.NewReader(`{"id":1} {"id":2,"extra":3} [1]`))
	for {
		var x Base
		if err := dec.Decode(&x); err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(x, dec.More())
	}
	dec = json.NewDecoder(strings.NewReader(`{"id":1,"extra":3}`))
	dec.DisallowUnknownFields()
	fmt.Println(dec.Decode(&Base{}))
	dec = json.NewDecoder(strings.NewReader(`{"a":[1,"x",null]}`))
	dec.UseNumber()
	for {
		t, err := dec.Token()
		if err != nil {
			break
		}
		fmt.Printf("%T:%v ", t, t)
	}
	fmt.Println()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	enc.Encode(struct {
		A string
		B *int `json:"b"`
		C []int
	}{"<>", nil, nil})
	fmt.Print(buf.String())
	_, err = json.Marshal(map[string]any{"f": func() {}})
	fmt.Println(err)
	_, err = json.Marshal(make(chan int))
	fmt.Println(err)
	fmt.Println(json.Valid([]byte(`{"a":1}`)), json.Valid([]byte(`{a:1}`)))
	buf.Reset()
	json.Compact(&buf, []byte("{ \"a\" : [ 1 , 2 ] }"))
	fmt.Println(buf.String(), json.Unmarshal([]byte("1"), nil), json.Unmarshal([]byte("1"), 5))
	m := map[int]string{}
	var arr [2]int
	s := []int{9, 9, 9}
	fmt.Println(json.Unmarshal([]byte(`{"5":"a"}`), &m), m, json.Unmarshal([]byte(`[1,2,3]`), &arr), arr, json.Unmarshal([]byte(`[1]`), &s), s)
}
