// A Lisp interpreter: closures, interfaces, recursion, maps, errors as panics.
package main

import (
	"fmt"
	"strconv"
	"strings"
)

type (
	value   interface{ String() string }
	number  float64
	symbol  string
	list    []value
	boolean bool
	builtin func(args []value) value
	lambda  struct {
		params []symbol
		body   value
		env    *env
	}
	env struct {
		vars   map[symbol]value
		parent *env
	}
	lispError struct{ msg string }
)

func (n number) String() string  { return strconv.FormatFloat(float64(n), 'g', -1, 64) }
func (s symbol) String() string  { return string(s) }
func (b boolean) String() string { return map[bool]string{true: "#t", false: "#f"}[bool(b)] }
func (l list) String() string {
	parts := make([]string, len(l))
	for i, v := range l {
		parts[i] = v.String()
	}
	return "(" + strings.Join(parts, " ") + ")"
}
func (builtin) String() string     { return "<builtin>" }
func (*lambda) String() string     { return "<lambda>" }
func (e *lispError) Error() string { return "lisp: " + e.msg }

func fail(format string, args ...any) value { panic(&lispError{fmt.Sprintf(format, args...)}) }

func tokenize(s string) []string {
	return strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ", "'", " ' ").Replace(s))
}

func parse(toks []string) (value, []string) {
	if len(toks) == 0 {
		return fail("unexpected end"), nil
	}
	t, rest := toks[0], toks[1:]
	switch t {
	case "(":
		l := list{}
		for {
			if len(rest) == 0 {
				fail("missing )")
			}
			if rest[0] == ")" {
				return l, rest[1:]
			}
			var v value
			v, rest = parse(rest)
			l = append(l, v)
		}
	case ")":
		return fail("unexpected )"), nil
	case "'":
		v, rest := parse(rest)
		return list{symbol("quote"), v}, rest
	case "#t", "#f":
		return boolean(t == "#t"), rest
	}
	if f, err := strconv.ParseFloat(t, 64); err == nil {
		return number(f), rest
	}
	return symbol(t), rest
}

func (e *env) find(s symbol) *env {
	for ; e != nil; e = e.parent {
		if _, ok := e.vars[s]; ok {
			return e
		}
	}
	fail("unbound %s", s)
	return nil
}

func eval(v value, e *env) value {
	for {
		switch x := v.(type) {
		case symbol:
			return e.find(x).vars[x]
		case list:
			if len(x) == 0 {
				return x
			}
			if head, ok := x[0].(symbol); ok {
				switch head {
				case "quote":
					return x[1]
				case "if":
					if b, ok := eval(x[1], e).(boolean); ok && !bool(b) {
						v = x[3]
					} else {
						v = x[2]
					}
					continue
				case "define", "set!":
					val := eval(x[2], e)
					target := e
					if head == "set!" {
						target = e.find(x[1].(symbol))
					}
					target.vars[x[1].(symbol)] = val
					return val
				case "lambda":
					l := &lambda{body: x[2], env: e}
					for _, p := range x[1].(list) {
						l.params = append(l.params, p.(symbol))
					}
					return l
				case "begin":
					for _, s := range x[1 : len(x)-1] {
						eval(s, e)
					}
					v = x[len(x)-1]
					continue
				}
			}
			fn := eval(x[0], e)
			args := make([]value, len(x)-1)
			for i, a := range x[1:] {
				args[i] = eval(a, e)
			}
			switch f := fn.(type) {
			case builtin:
				return f(args)
			case *lambda:
				if len(args) != len(f.params) {
					fail("want %d arguments, have %d", len(f.params), len(args))
				}
				ne := &env{map[symbol]value{}, f.env}
				for i, p := range f.params {
					ne.vars[p] = args[i]
				}
				v, e = f.body, ne
			default:
				fail("not a function: %v", fn)
			}
		default:
			return v
		}
	}
}

func arith(f func(a, b number) number) builtin {
	return func(args []value) value {
		acc := args[0].(number)
		for _, a := range args[1:] {
			acc = f(acc, a.(number))
		}
		return acc
	}
}

func global() *env {
	return &env{vars: map[symbol]value{
		"+":     arith(func(a, b number) number { return a + b }),
		"-":     arith(func(a, b number) number { return a - b }),
		"*":     arith(func(a, b number) number { return a * b }),
		"/":     arith(func(a, b number) number { return a / b }),
		"<":     builtin(func(a []value) value { return boolean(a[0].(number) < a[1].(number)) }),
		"=":     builtin(func(a []value) value { return boolean(a[0] == a[1]) }),
		"list":  builtin(func(a []value) value { return list(a) }),
		"car":   builtin(func(a []value) value { return a[0].(list)[0] }),
		"cdr":   builtin(func(a []value) value { return a[0].(list)[1:] }),
		"cons":  builtin(func(a []value) value { return append(list{a[0]}, a[1].(list)...) }),
		"null?": builtin(func(a []value) value { return boolean(len(a[0].(list)) == 0) }),
	}}
}

func run(src string, e *env) (out string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *lispError:
			out = r.Error()
		case error:
			out = "go: " + r.Error()
		}
	}()
	v, _ := parse(tokenize(src))
	return eval(v, e).String()
}

func main() {
	e := global()
	for _, src := range []string{
		"(+ 1 2 (* 3 4))",
		"(define fact (lambda (n) (if (< n 2) 1 (* n (fact (- n 1))))))",
		"(fact 20)",
		"(define map (lambda (f l) (if (null? l) l (cons (f (car l)) (map f (cdr l))))))",
		"(map (lambda (x) (* x x)) '(1 2 3 4))",
		"(define make-counter (lambda (n) (lambda () (set! n (+ n 1)))))",
		"(define c (make-counter 10))", "(c)", "(c)",
		"(define loop (lambda (n acc) (if (= n 0) acc (loop (- n 1) (+ acc n)))))",
		"(loop 100000 0)",
		"(begin (define x 5) (/ x 2))",
		"(define fib (lambda (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))))", "(fib 20)",
		"(undefined 1)", "(1 2)", "(car 5)", "(", ")", "(fact 1 2)", "(car '())", "'(a 'b (c))", "#f",
	} {
		fmt.Println(run(src, e))
	}
}
