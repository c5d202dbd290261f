// Packages text/template, text/tabwriter and html.
package main

import (
	"errors"
	"fmt"
	"html"
	"os"
	"strings"
	"text/tabwriter"
	"text/template"
)

type item struct {
	Name  string
	Price float64
	Tags  []string
}

func (i item) Upper(suffix string) string { return strings.ToUpper(i.Name) + suffix }
func (i item) Fail() (string, error)      { return "", errors.New("method failed") }

func main() {
	const text = `{{define "tag"}}<{{.}}>{{end -}}
{{- /* a comment */ -}}
Title: {{.Title | printf "%-8s|"}}
{{range $i, $it := .Items}}{{$i}}: {{$it.Name}} {{printf "%.2f" $it.Price}} {{$it.Upper "!"}}{{range .Tags}} {{template "tag" .}}{{else}} none{{end}}
{{end}}{{with .Missing}}has{{else}}no missing{{end}} {{if and (gt (len .Items) 1) (not .Off)}}many{{else if .Off}}off{{end}}
{{$x := 5}}{{$x = add $x 2}}{{$x}} {{index .Map "k"}} {{.Map.k}} {{len .Map}} {{eq 1 1 2}} {{lt 1.5 2.5}} {{or "" "dflt"}} {{slice "abcdef" 1 3}} {{html "<a>"}} {{js "it's"}} {{print 1 "a" nil}} {{call .Fn 4}} {{range 3}}{{.}},{{end}}{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}{{range .Items}}{{if eq .Name "pen"}}{{continue}}{{end}}{{.Name}}{{break}}{{end}}
`
	t := template.Must(template.New("t").Funcs(template.FuncMap{"add": func(a, b int) int { return a + b }}).Parse(text))
	data := map[string]any{
		"Title": "List", "Off": false, "Map": map[string]int{"k": 9, "a": 1}, "Fn": func(n int) int { return n * n },
		"Items": []item{{"pen", 1.5, []string{"x", "y"}}, {"ink", 22, nil}},
	}
	if err := t.Execute(os.Stdout, data); err != nil {
		fmt.Println(err)
	}
	for _, bad := range []string{"{{", "{{.x", "{{if}}", "{{end}}", "{{nofunc 1}}", "{{range .}}", "{{template}}", "{{1 | 2}}"} {
		_, err := template.New("bad").Parse(bad)
		fmt.Println(err)
	}
	for _, e := range []string{"{{.Nope}}", "{{.Fail}}", "{{index .Tags 5}}", "{{.Name.X}}", "{{template \"zz\"}}", "{{len 3}}", "{{.Upper}}"} {
		var sb strings.Builder
		err := template.Must(template.New("e").Parse(e)).Execute(&sb, item{Name: "n"})
		fmt.Println(err)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, "a\tbbb\tc")
	fmt.Fprintln(w, "aaaa\tb\tccccc")
	fmt.Fprintln(w, "é\t\tx")
	w.Flush()
	w = tabwriter.NewWriter(os.Stdout, 5, 0, 1, '.', 0)
	fmt.Fprintf(w, "x\ty\tz\nlonger\tyy\tz\n\nfoo\tbar\n")
	w.Flush()
	fmt.Println(html.EscapeString("<a href=\"x\">'&'</a>"), html.UnescapeString("&lt;&eacute;&#39;&amp;&bogus;"))
}
