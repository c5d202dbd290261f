package runtime

// Coroutines of package iter: two goroutines of which exactly one runs, handing control to each other directly.

import _ "unsafe" // for go:linkname

// coro holds the goroutine that is not running.
type coro struct {
	g *g
	f func(*coro)
}

// Rust entries. newCoroutine makes a goroutine that is not yet runnable; switchTo parks the caller and runs another
// parked goroutine at once; coroutineDone makes that runnable without parking the caller, which exits next. A thread that the
// caller is locked to goes along.

func newCoroutine(fn func()) *g
func switchTo(gp *g)
func coroutineDone(gp *g)

// newcoro makes a coroutine that will run f when it is first switched to.
//
//go:linkname newcoro
func newcoro(f func(*coro)) *coro {
	c := &coro{f: f}
	c.g = newCoroutine(func() {
		defer coroexit(c)
		c.f(c)
	})
	return c
}

// coroexit ends the coroutine's goroutine and lets the other one continue.
func coroexit(c *coro) {
	other := c.g
	c.g = nil
	coroutineDone(other)
	goexit1()
}

// coroswitch runs the other goroutine of c until that switches back or exits.
//
//go:linkname coroswitch
func coroswitch(c *coro) {
	other := c.g
	if other == nil {
		throw("coroswitch on exited coro")
	}
	c.g = getg()
	switchTo(other)
}
