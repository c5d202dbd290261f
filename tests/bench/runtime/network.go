// Loopback: HTTP requests over kept connections, a TCP echo, and the memory of connections that nobody uses.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Println("http ns 1.11")
		fmt.Println("echo ns 1.11")
		fmt.Println("idle bytes/connection 1.0")
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	var result float64
	switch os.Args[1] {
	case "http":
		result = requests(listener)
	case "echo":
		result = echo(listener)
	case "idle":
		result = idle(listener)
	}
	fmt.Println(result)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// best returns nanoseconds an operation in the best of several rounds.
func best(n int, round func(n int)) float64 {
	least := time.Hour
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		start := time.Now()
		round(n)
		least = min(least, time.Since(start))
	}
	return float64(least.Nanoseconds()) / float64(n)
}

func requests(listener net.Listener) float64 {
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello, "+r.URL.Path)
	}))
	url := "http://" + listener.Addr().String() + "/world"
	const clients = 8
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	client := &http.Client{Transport: transport}
	return best(2000, func(n int) {
		var wg sync.WaitGroup
		for range clients {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range n / clients {
					answer, err := client.Get(url)
					check(err)
					_, err = io.Copy(io.Discard, answer.Body)
					check(err)
					answer.Body.Close()
				}
			}()
		}
		wg.Wait()
	})
}

func echo(listener net.Listener) float64 {
	go func() {
		for {
			c, err := listener.Accept()
			check(err)
			go io.Copy(c, c)
		}
	}()
	const clients = 8
	var conns [clients]net.Conn
	for i := range conns {
		c, err := net.Dial("tcp", listener.Addr().String())
		check(err)
		conns[i] = c
	}
	return best(4000, func(n int) {
		var wg sync.WaitGroup
		for _, c := range conns {
			wg.Add(1)
			go func() {
				defer wg.Done()
				message := make([]byte, 64)
				for range n / clients {
					_, err := c.Write(message)
					check(err)
					_, err = io.ReadFull(c, message)
					check(err)
				}
			}()
		}
		wg.Wait()
	})
}

// Half of the memory is the client's.
func idle(listener net.Listener) float64 {
	most := 10_000
	var limit syscall.Rlimit
	check(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	most = min(most, int(limit.Max-100)/2)
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := listener.Accept()
			check(err)
			go func() {
				buffer := make([]byte, 1)
				accepted <- c
				c.Read(buffer)
			}()
		}
	}()
	before := resident()
	conns := make([]net.Conn, most)
	for i := range conns {
		c, err := net.Dial("tcp", listener.Addr().String())
		check(err)
		conns[i] = c
		<-accepted
	}
	debug.FreeOSMemory()
	used := resident() - before
	for _, c := range conns {
		c.Close()
	}
	return float64(used) / float64(most)
}

// resident returns the bytes of memory that the process occupies.
func resident() int {
	text, err := os.ReadFile("/proc/self/statm")
	check(err)
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	check(err)
	return pages * os.Getpagesize()
}
