// TCP, UDP and Unix sockets and HTTP over the loopback interface, with deadlines and cancellation.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func tcp() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				sc := bufio.NewScanner(c)
				for sc.Scan() {
					fmt.Fprintln(c, strings.ToUpper(sc.Text()))
				}
			}()
		}
	}()
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := range 50 {
		wg.Go(func() {
			c, err := net.Dial("tcp", l.Addr().String())
			check(err)
			defer c.Close()
			r := bufio.NewReader(c)
			for j := range 20 {
				fmt.Fprintf(c, "msg %d %d\n", i, j)
				line, err := r.ReadString('\n')
				check(err)
				if line != fmt.Sprintf("MSG %d %d\n", i, j) {
					panic(line)
				}
				mu.Lock()
				total++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	fmt.Println("tcp", total)
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	c.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
	_, err = c.Read(make([]byte, 1))
	var ne net.Error
	fmt.Println(errors.As(err, &ne) && ne.Timeout(), errors.Is(err, os.ErrDeadlineExceeded))
	go func() { time.Sleep(time.Millisecond); c.Close() }()
	c.SetReadDeadline(time.Time{})
	_, err = c.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, net.ErrClosed))
	l.Close()
	_, err = l.Accept()
	fmt.Println(errors.Is(err, net.ErrClosed))
	_, err = net.DialTimeout("tcp", l.Addr().String(), time.Second)
	fmt.Println(err != nil)
}

func udp() {
	a, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	defer a.Close()
	b, err := net.Dial("udp", a.LocalAddr().String())
	check(err)
	defer b.Close()
	b.Write([]byte("datagram"))
	buf := make([]byte, 100)
	n, from, err := a.ReadFrom(buf)
	check(err)
	a.WriteTo([]byte("reply to "+string(buf[:n])), from)
	n, err = b.Read(buf)
	fmt.Println(string(buf[:n]), err)
}

func unix() {
	path := filepath.Join(os.TempDir(), "s.sock")
	l, err := net.Listen("unix", path)
	check(err)
	go func() {
		c, _ := l.Accept()
		io.Copy(c, c)
		c.Close()
	}()
	c, err := net.Dial("unix", path)
	check(err)
	c.Write([]byte("echo"))
	c.(*net.UnixConn).CloseWrite()
	all, err := io.ReadAll(c)
	fmt.Println(string(all), err)
	l.Close()
}

func web() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Test", "yes")
		fmt.Fprintf(w, "hello %s %q", r.PathValue("name"), r.URL.Query().Get("q"))
	})
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
		w.Write(b)
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(10 * time.Second):
		}
	})
	mux.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	s := httptest.NewServer(mux)
	defer s.Close()
	get := func(path string) {
		r, err := http.Get(s.URL + path)
		if err != nil {
			fmt.Println("error", errors.Is(err, io.EOF))
			return
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body)
		fmt.Println(r.StatusCode, r.Header.Get("X-Test"), strings.TrimSpace(string(b)))
	}
	get("/hello/bob?q=a+b%21")
	get("/nope")
	get("/echo")
	r, err := http.Post(s.URL+"/echo", "text/plain", strings.NewReader(strings.Repeat("x", 100000)))
	check(err)
	b, _ := io.ReadAll(r.Body)
	r.Body.Close()
	fmt.Println(r.Status, len(b))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/slow", nil)
	_, err = http.DefaultClient.Do(req)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	get("/panic")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			r, err := http.Get(s.URL + "/hello/x")
			check(err)
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
		})
	}
	wg.Wait()
}

func main() {
	tcp()
	udp()
	unix()
	web()
	u, err := url.Parse("https://user:pw@host:8080/a%20b/c?x=1&y=2&x=3#frag")
	fmt.Println(u.Host, u.Port(), u.Path, u.Query()["x"], u.Fragment, u.User, err)
	ip := net.ParseIP("192.168.1.10")
	_, n, _ := net.ParseCIDR("192.168.0.0/16")
	fmt.Println(n.Contains(ip), netip.MustParseAddr("::1").IsLoopback(), url.QueryEscape("a b&c=d/é"))
}
