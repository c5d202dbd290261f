package runtime

// Coroutines of package iter: two goroutines of which exactly one runs, handing control to each other directly.

import _ "unsafe" // for go:linkname

// coro holds the goroutine that is not running.
type coro struct {
	g *g
	f func(*coro)

	// How the goroutine that made the coroutine was wired to a thread then: both sides have to be the same way at switches.
	m     uintptr
	locks int
}

// lockState returns the thread that the goroutine is wired to, 0 for none, and how often it has asked for it. Rust.
func lockState() (m uintptr, locks int)

func (c *coro) checkLocks() {
	m, locks := lockState()
	if m != c.m || locks != c.locks {
		print("coro: got thread ", hex(m), ", want ", hex(c.m), "\n")
		print("coro: got lock internal 0, want 0\n") // by calls from C
		print("coro: got lock external ", locks, ", want ", c.locks, "\n")
		throw("coro: OS thread locking must match locking at coroutine creation")
	}
}

// Rust entries. newCoroutine makes a goroutine that is not yet runnable; switchTo parks the caller and runs another
// parked goroutine at once; coroutineExit ends the caller and does the same. A thread that the caller is locked to goes
// along.

func newCoroutine(fn func()) *g
func switchTo(gp *g)
func coroutineExit(gp *g)

// newcoro makes a coroutine that will run f when it is first switched to. Its caller counts as the creator: rt looks for
// that right behind this function's frame.
//
//go:noinline
//go:linkname newcoro
func newcoro(f func(*coro)) *coro {
	c := &coro{f: f}
	c.m, c.locks = lockState()
	c.g = newCoroutine(func() {
		defer coroexit(c)
		c.f(c)
	})
	return c
}

// coroexit ends the coroutine's goroutine and lets the other one continue.
func coroexit(c *coro) {
	c.checkLocks()
	other := c.g
	c.g = nil
	coroutineExit(other)
}

// coroswitch runs the other goroutine of c until that switches back or exits.
//
//go:linkname coroswitch
func coroswitch(c *coro) {
	other := c.g
	if other == nil {
		throw("coroswitch on exited coro")
	}
	c.checkLocks()
	c.g = getg()
	switchTo(other)
}
