// Chaos: for some seconds everything that a runtime does happens at once, and each part checks its own results: goroutines that come and
// go, channels, selects, mutexes, condition variables, panics, Goexit, timers, collections, finalizers, deep stacks, sockets, pipes,
// child processes, signals, changes of GOMAXPROCS. Ends with "ok", or says what went wrong.
//
// usage: chaos [SECONDS [SEED]]
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"weak"
)

// A part runs until the context is done; it returns how much it has done.
type part struct {
	name string
	run  func(ctx context.Context, r *rand.Rand) (int, error)
}

var parts = []part{
	{"spawn", spawn}, {"pipeline", pipeline}, {"selects", selects}, {"locks", locks}, {"conds", conds},
	{"panics", panics}, {"timers", timers}, {"heap", heap}, {"collect", collect}, {"finalizers", finalizers},
	{"stacks", stacks}, {"sockets", sockets}, {"pipes", pipes}, {"children", children}, {"signals", signals},
	{"procs", procs}, {"cancel", cancel},
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		child()
		return
	}
	seconds, seed := 1.0, uint64(1)
	if len(os.Args) > 1 {
		seconds, _ = strconv.ParseFloat(os.Args[1], 64)
	}
	if len(os.Args) > 2 {
		seed, _ = strconv.ParseUint(os.Args[2], 10, 64)
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Duration(seconds*float64(time.Second)))
	defer stop()
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	failed := make(chan string, len(parts))
	for i, p := range parts {
		wg.Go(func() {
			n, err := p.run(ctx, rand.New(rand.NewPCG(seed, uint64(i))))
			if err != nil {
				failed <- fmt.Sprintf("%s: after %d: %v", p.name, n, err)
			} else if n == 0 {
				failed <- p.name + ": has done nothing"
			}
			fmt.Fprintf(os.Stderr, "%s %d\n", p.name, n)
		})
	}
	hung := time.AfterFunc(time.Duration(seconds*float64(time.Second))+60*time.Second, func() {
		debug.SetTraceback("all")
		panic("chaos: hangs")
	})
	wg.Wait()
	hung.Stop()
	close(failed)
	status := 0
	for f := range failed {
		fmt.Println(f)
		status = 1
	}
	for i := 0; runtime.NumGoroutine() > before+2; i++ {
		if i == 500 {
			fmt.Println("goroutines left over:", runtime.NumGoroutine()-before)
			status = 1
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if status == 0 {
		fmt.Println("ok")
	}
	os.Exit(status)
}

func alive(ctx context.Context) bool { return ctx.Err() == nil }

// spawn starts many short goroutines and sees that each has run once.
func spawn(ctx context.Context, r *rand.Rand) (n int, err error) {
	for alive(ctx) {
		count := 1 + r.IntN(300)
		var sum atomic.Int64
		var wg sync.WaitGroup
		for i := range count {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if i%7 == 0 {
					runtime.Gosched()
				}
				if i%11 == 0 {
					defer sum.Add(int64(i))
					runtime.Goexit()
				}
				sum.Add(int64(i))
			}()
		}
		wg.Wait()
		if want := int64(count * (count - 1) / 2); sum.Load() != want {
			return n, fmt.Errorf("sum %d, want %d", sum.Load(), want)
		}
		n++
	}
	return n, nil
}

// pipeline sends numbers through a chain of goroutines with channels of all capacities.
func pipeline(ctx context.Context, r *rand.Rand) (n int, err error) {
	for alive(ctx) {
		const items = 500
		in := make(chan int)
		out := in
		stages := 1 + r.IntN(8)
		for range stages {
			from, to := out, make(chan int, r.IntN(4))
			go func() {
				defer close(to)
				for v := range from {
					to <- v + 1
				}
			}()
			out = to
		}
		go func() {
			defer close(in)
			for i := range items {
				in <- i
			}
		}()
		next := 0
		for v := range out {
			if v != next+stages {
				return n, fmt.Errorf("got %d, want %d", v, next+stages)
			}
			next++
		}
		if next != items {
			return n, fmt.Errorf("%d items, want %d", next, items)
		}
		n++
	}
	return n, nil
}

// selects lets several senders and receivers meet on several channels; every value must arrive once.
func selects(ctx context.Context, r *rand.Rand) (n int, err error) {
	for alive(ctx) {
		const senders, each = 4, 200
		chans := [3]chan int{make(chan int), make(chan int, 1), make(chan int, 5)}
		var sent, received, gone atomic.Int64
		done := make(chan struct{})
		var wg, sending sync.WaitGroup
		for s := range senders {
			sending.Go(func() {
				for i := range each {
					v := s*each + i
					select {
					case chans[0] <- v:
					case chans[1] <- v:
					case chans[2] <- v:
					}
					sent.Add(int64(v))
				}
			})
		}
		for range 3 {
			wg.Go(func() {
				for {
					select {
					case v := <-chans[0]:
						received.Add(int64(v))
					case v := <-chans[1]:
						received.Add(int64(v))
					case v := <-chans[2]:
						received.Add(int64(v))
					case <-done:
						gone.Add(1)
						return
					}
				}
			})
		}
		sending.Wait()
		for len(chans[1])+len(chans[2]) > 0 {
			runtime.Gosched()
		}
		close(done)
		wg.Wait()
		if sent.Load() != received.Load() || gone.Load() != 3 {
			return n, fmt.Errorf("sent %d, received %d", sent.Load(), received.Load())
		}
		n++
	}
	return n, nil
}

// locks checks that a mutex and a read-write mutex exclude.
func locks(ctx context.Context, r *rand.Rand) (n int, err error) {
	for alive(ctx) {
		var mu sync.Mutex
		var rw sync.RWMutex
		var plain, shared, readers int
		var bad atomic.Bool
		var reading atomic.Int32
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				for i := range 100 {
					mu.Lock()
					plain++
					mu.Unlock()
					if (i+g)%4 == 0 {
						rw.Lock()
						if reading.Load() != 0 {
							bad.Store(true)
						}
						shared++
						rw.Unlock()
					} else {
						rw.RLock()
						reading.Add(1)
						_ = shared
						reading.Add(-1)
						rw.RUnlock()
					}
				}
			})
		}
		wg.Wait()
		if plain != 800 || shared != 200 || readers != 0 || bad.Load() {
			return n, fmt.Errorf("plain %d, shared %d", plain, shared)
		}
		n++
	}
	return n, nil
}

// conds hands a token round by a condition variable.
func conds(ctx context.Context, r *rand.Rand) (n int, err error) {
	for alive(ctx) {
		const ring, rounds = 5, 40
		var mu sync.Mutex
		cond := sync.NewCond(&mu)
		turn := 0
		var wg sync.WaitGroup
		for i := range ring {
			wg.Go(func() {
				for range rounds {
					mu.Lock()
					for turn%ring != i {
						cond.Wait()
					}
					turn++
					cond.Broadcast()
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if turn != ring*rounds {
			return n, fmt.Errorf("turn %d", turn)
		}
		n++
	}
	return n, nil
}

type oops struct{ depth int }

// panics unwinds through deferred calls that panic and recover, also of nil dereferences and bad indexes.
func panics(ctx context.Context, r *rand.Rand) (n int, err error) {
	var index []int
	var null *oops
	for alive(ctx) {
		depth := 1 + r.IntN(60)
		var unwound int
		var f func(d int)
		f = func(d int) {
			defer func() { unwound++ }()
			if d == 0 {
				switch r.IntN(3) {
				case 0:
					panic(oops{depth})
				case 1:
					index[depth] = 1
				default:
					null.depth = 1
				}
			}
			f(d - 1)
		}
		value := func() (v any) {
			defer func() { v = recover() }()
			f(depth)
			return nil
		}()
		var rt runtime.Error
		if o, ok := value.(oops); ok && o.depth != depth || !ok && !errors.As(value.(error), &rt) || unwound != depth+1 {
			return n, fmt.Errorf("recovered %v, unwound %d of %d", value, unwound, depth+1)
		}
		n++
	}
	return n, nil
}

// timers checks that timers fire, not before their time, and not when they were stopped.
func timers(ctx context.Context, r *rand.Rand) (n int, err error) {
	for alive(ctx) {
		const count = 50
		var early, late atomic.Int32
		var wg sync.WaitGroup
		for range count {
			d := time.Duration(r.IntN(3000)) * time.Microsecond
			start := time.Now()
			wg.Add(1)
			time.AfterFunc(d, func() {
				if time.Since(start) < d {
					early.Add(1)
				}
				wg.Done()
			})
			stopped := time.AfterFunc(time.Hour, func() { late.Add(1) })
			stopped.Reset(time.Hour)
			if !stopped.Stop() {
				late.Add(1)
			}
		}
		ticker := time.NewTicker(200 * time.Microsecond)
		for range 3 {
			<-ticker.C
		}
		ticker.Reset(time.Hour)
		ticker.Stop()
		wg.Wait()
		if early.Load() != 0 || late.Load() != 0 {
			return n, fmt.Errorf("%d early, %d after Stop", early.Load(), late.Load())
		}
		n++
	}
	return n, nil
}

type tree struct {
	left, right *tree
	sum         int
	pad         []byte
}

func grow(r *rand.Rand, depth int) *tree {
	if depth == 0 {
		return nil
	}
	t := &tree{left: grow(r, depth-1), right: grow(r, depth-1), pad: make([]byte, r.IntN(200))}
	for i := range t.pad {
		t.pad[i] = byte(depth)
	}
	t.sum = 1
	for _, c := range [2]*tree{t.left, t.right} {
		if c != nil {
			t.sum += c.sum
		}
	}
	return t
}

func (t *tree) check(depth int) error {
	if t == nil {
		return nil
	}
	if t.sum != 1<<depth-1 {
		return fmt.Errorf("sum %d at depth %d", t.sum, depth)
	}
	for _, b := range t.pad {
		if b != byte(depth) {
			return fmt.Errorf("pad %#x at depth %d", b, depth)
		}
	}
	return errors.Join(t.left.check(depth-1), t.right.check(depth-1))
}

// heap builds trees, maps and strings while others collect, and exchanges subtrees; nothing may change.
func heap(ctx context.Context, r *rand.Rand) (n int, err error) {
	const depth = 9
	var forest [6]*tree
	for i := range forest {
		forest[i] = grow(r, depth)
	}
	words := map[string]int{}
	for alive(ctx) {
		i, j := r.IntN(len(forest)), r.IntN(len(forest))
		forest[i].left, forest[j].right = forest[j].right, forest[i].left
		forest[r.IntN(len(forest))] = grow(r, depth)
		if err := forest[i].check(depth); err != nil {
			return n, err
		}
		key := strconv.Itoa(r.IntN(5000))
		words[key] = len(key)
		if len(words) > 4000 {
			for k, v := range words {
				if len(k) != v {
					return n, fmt.Errorf("words[%q] = %d", k, v)
				}
				if r.IntN(2) == 0 {
					delete(words, k)
				}
			}
		}
		n++
	}
	return n, nil
}

// collect forces collections and changes their settings.
func collect(ctx context.Context, r *rand.Rand) (n int, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	var m runtime.MemStats
	for alive(ctx) {
		runtime.GC()
		debug.SetGCPercent(20 + r.IntN(200))
		runtime.ReadMemStats(&m)
		if m.HeapAlloc > 1<<30 {
			return n, fmt.Errorf("heap of %d MB", m.HeapAlloc>>20)
		}
		time.Sleep(time.Duration(r.IntN(5)) * time.Millisecond)
		n++
	}
	return n, nil
}

// finalizers checks that finalizers, cleanups and weak pointers see each object once.
func finalizers(ctx context.Context, r *rand.Rand) (n int, err error) {
	var finalized, cleaned, twice atomic.Int64
	total := int64(0)
	for alive(ctx) {
		for range 50 {
			t := &tree{sum: 1}
			w := weak.Make(t)
			runtime.SetFinalizer(t, func(t *tree) {
				if t.sum != 1 {
					twice.Add(1)
				}
				t.sum = 2
				finalized.Add(1)
			})
			s := &tree{sum: 2}
			runtime.AddCleanup(s, func(by int64) { cleaned.Add(by) }, 1)
			if w.Value() != t {
				return n, errors.New("weak pointer to a live object")
			}
			total++
			runtime.KeepAlive(s)
		}
		if twice.Load() != 0 || finalized.Load() > total || cleaned.Load() > total {
			return n, fmt.Errorf("%d finalized, %d cleaned of %d", finalized.Load(), cleaned.Load(), total)
		}
		time.Sleep(time.Millisecond)
		n++
	}
	return n, nil
}

//go:noinline
func descend(depth int, key uint64) uint64 {
	var frame [32]uint64
	for i := range frame {
		frame[i] = key + uint64(i)
	}
	if depth > 0 {
		key = descend(depth-1, key)
	}
	for i := range frame {
		if frame[i]-frame[0] != uint64(i) {
			return 0
		}
	}
	return key
}

// stacks grows stacks to a random depth.
func stacks(ctx context.Context, r *rand.Rand) (n int, err error) {
	for alive(ctx) {
		depth, key := r.IntN(2000), r.Uint64()|1<<40
		result := make(chan uint64)
		go func() { result <- descend(depth, key) }()
		if got := <-result; got != key || descend(depth/2, key) != key {
			return n, fmt.Errorf("depth %d: %#x, want %#x", depth, got, key)
		}
		n++
	}
	return n, nil
}

// sockets runs an echo server and clients that come and go, with deadlines.
func sockets(ctx context.Context, r *rand.Rand) (n int, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				io.Copy(c, c)
				c.Close()
			})
		}
	})
	defer serving.Wait()
	defer l.Close()
	for alive(ctx) {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return n, err
		}
		c.SetReadDeadline(time.Now().Add(time.Duration(r.IntN(300)) * time.Microsecond))
		var b [1]byte
		if _, err := c.Read(b[:]); !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, fmt.Errorf("read of nothing: %v", err)
		}
		c.SetReadDeadline(time.Time{})
		in := bufio.NewReader(c)
		for i := range 5 {
			text := strconv.Itoa(i * n)
			fmt.Fprintln(c, text)
			if got, err := in.ReadString('\n'); err != nil || got != text+"\n" {
				return n, fmt.Errorf("echo of %q: %q, %v", text, got, err)
			}
		}
		if r.IntN(2) == 0 {
			// Closed while somebody reads.
			read := make(chan error)
			go func() { _, err := c.Read(b[:]); read <- err }()
			time.Sleep(time.Duration(r.IntN(100)) * time.Microsecond)
			c.Close()
			if err := <-read; !errors.Is(err, net.ErrClosed) {
				return n, fmt.Errorf("read of a closed connection: %v", err)
			}
		} else {
			c.Close()
		}
		n++
	}
	return n, nil
}

// pipes copies through os.Pipe more than fits in it.
func pipes(ctx context.Context, r *rand.Rand) (n int, err error) {
	block := make([]byte, 100_000)
	for i := range block {
		block[i] = byte(i * 7)
	}
	for alive(ctx) {
		from, to, err := os.Pipe()
		if err != nil {
			return n, err
		}
		go func() {
			to.Write(block)
			to.Close()
		}()
		got, err := io.ReadAll(from)
		from.Close()
		if err != nil || string(got) != string(block) {
			return n, fmt.Errorf("%d bytes, %v", len(got), err)
		}
		n++
	}
	return n, nil
}

// child is what this program does as its own child: echo, or wait to be killed.
func child() {
	if len(os.Args) > 2 {
		time.Sleep(time.Hour)
	}
	io.Copy(os.Stdout, os.Stdin)
	os.Exit(7)
}

// children starts, feeds, and kills processes.
func children(ctx context.Context, r *rand.Rand) (n int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	for alive(ctx) || n == 0 {
		cmd := exec.Command(self, "child")
		in, _ := cmd.StdinPipe()
		go func() {
			fmt.Fprint(in, "hello ", n)
			in.Close()
		}()
		out, err := cmd.Output()
		var status *exec.ExitError
		if !errors.As(err, &status) || status.ExitCode() != 7 || string(out) != fmt.Sprint("hello ", n) {
			return n, fmt.Errorf("child: %q, %v", out, err)
		}
		kill := exec.Command(self, "child", "wait")
		if err := kill.Start(); err != nil {
			return n, err
		}
		time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond)
		kill.Process.Kill()
		if err := kill.Wait(); err == nil || err.Error() != "signal: killed" {
			return n, fmt.Errorf("killed child: %v", err)
		}
		n++
	}
	return n, nil
}

// signals sends this process signals and waits for them.
func signals(ctx context.Context, r *rand.Rand) (n int, err error) {
	for alive(ctx) {
		got := make(chan os.Signal, 1)
		signal.Notify(got, syscall.SIGUSR1)
		syscall.Kill(os.Getpid(), syscall.SIGUSR1)
		select {
		case <-got:
		case <-time.After(30 * time.Second):
			return n, errors.New("signal lost")
		}
		signal.Stop(got)
		time.Sleep(time.Duration(r.IntN(500)) * time.Microsecond)
		n++
	}
	return n, nil
}

// procs changes GOMAXPROCS, and binds goroutines to threads that end with them.
func procs(ctx context.Context, r *rand.Rand) (n int, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for alive(ctx) {
		want := 1 + r.IntN(6)
		runtime.GOMAXPROCS(want)
		if got := runtime.GOMAXPROCS(0); got != want {
			return n, fmt.Errorf("GOMAXPROCS %d, want %d", got, want)
		}
		done := make(chan bool)
		go func() {
			runtime.LockOSThread()
			before := syscall.Gettid()
			time.Sleep(time.Duration(r.IntN(200)) * time.Microsecond)
			done <- syscall.Gettid() == before
		}()
		if !<-done {
			return n, errors.New("a bound goroutine has changed threads")
		}
		time.Sleep(time.Duration(r.IntN(2000)) * time.Microsecond)
		n++
	}
	return n, nil
}

// cancel builds trees of contexts and cancels them at any level.
func cancel(ctx context.Context, r *rand.Rand) (n int, err error) {
	for alive(ctx) {
		root, stop := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		var ended atomic.Int32
		for range 10 {
			c, stopOne := context.WithTimeout(root, time.Duration(r.IntN(4))*time.Millisecond)
			wg.Go(func() {
				defer stopOne()
				<-c.Done()
				if c.Err() != nil {
					ended.Add(1)
				}
			})
		}
		time.Sleep(time.Duration(r.IntN(2000)) * time.Microsecond)
		stop()
		wg.Wait()
		if ended.Load() != 10 {
			return n, fmt.Errorf("%d ended", ended.Load())
		}
		n++
	}
	return n, nil
}
