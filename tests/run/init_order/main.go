// The order of initialisation over several packages and files, with dependencies between variables.
package main

import (
	"fmt"

	"example.com/initorder/a"
	. "example.com/initorder/b"
	mylog "example.com/initorder/internal/log"
)

var (
	one          = mylog.Add("main.one needs two") + two*0
	two          = mylog.Add("main.two needs three") + three()*0
	x, y         = pair()
	_            = mylog.Add("main._")
	table        = map[string]func() int{"k": func() int { return viaClosure }}
	viaClosure   = mylog.Add("main.viaClosure")
	usesTable    = table["k"]() + mylog.Add("main.usesTable")
	methodResult = t.get()
	t            = T{mylog.Add("main.t")}
)

type T struct{ n int }

func (t T) get() int { return t.n + other*0 }

var other = mylog.Add("main.other")

func three() int { return four }

var four = mylog.Add("main.four")

func pair() (int, int) { return mylog.Add("main.x,y"), 2 }

func init() { mylog.Add("main.init 1") }

func init() {
	mylog.Add("main.init 2")
	go func() { done <- mylog.Add("goroutine in init") }()
	<-done
}

var done = make(chan int)

func main() {
	fmt.Println(one > 0, two > 0, y, Y > 0, a.X > 0, a.New().V() > 0, usesTable > 0, methodResult > 0)
}
