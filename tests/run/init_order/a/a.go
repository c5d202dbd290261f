package a

import (
	"example.com/initorder/b"
	"example.com/initorder/internal/log"
)

var X = log.Add("a.X uses b") + b.Y*0

func init() { log.Add("a.init 1") }

var late = log.Add("a.late")

func init() { log.Add("a.init 2") }

type T struct{ v int }

func New() *T { return &T{late} }

func (t *T) V() int { return t.v }
