// Packages log and log/slog.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
)

type secret string

func (secret) LogValue() slog.Value { return slog.StringValue("***") }

func main() {
	l := log.New(os.Stdout, "pre: ", log.Lshortfile|log.Lmsgprefix)
	l.Println("hello", 1)
	l.Printf("%d", 5)
	l.SetFlags(0)
	l.Print("plain")
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		l.Panicf("p%d", 1)
	}()
	opts := &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(g []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	t := slog.New(slog.NewTextHandler(os.Stdout, opts))
	t.Info("msg", "k", 1, "s", "a b", "err", errors.New("e"), "pw", secret("x"))
	t.With("base", true).WithGroup("g").Debug("dbg", slog.Group("in", "x", 1.5), slog.Any("m", map[string]int{"a": 1}))
	j := slog.New(slog.NewJSONHandler(os.Stdout, opts))
	j.Warn("json", "k", []int{1, 2}, "nested", slog.GroupValue(slog.Int("a", 1)), "odd")
	j.Log(context.Background(), slog.LevelError+2, "custom")
	log.SetFlags(0)
	log.SetPrefix("fatal: ")
	log.Fatal("exits with 1")
}
