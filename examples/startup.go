package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

func init() {
	fmt.Println("1. init() called")
}

func main() {
	fmt.Println("2. main() started")

	// Process info
	fmt.Printf("PID: %d\n", os.Getpid())
	fmt.Printf("PPID: %d\n", os.Getppid())
	fmt.Printf("NumCPU: %d\n", runtime.NumCPU())
	fmt.Printf("GOMAXPROCS: %d\n", runtime.GOMAXPROCS(0))
	fmt.Printf("NumGoroutine: %d\n", runtime.NumGoroutine())

	// Start time (approximately)
	start := time.Now()

	// Create some goroutines
	for i := 0; i < 5; i++ {
		go func(id int) {
			fmt.Printf("Goroutine %d running\n", id)
			time.Sleep(10 * time.Millisecond)
		}(i)
	}

	time.Sleep(50 * time.Millisecond)
	fmt.Printf("Goroutines now: %d\n", runtime.NumGoroutine())
	fmt.Printf("Elapsed: %v\n", time.Since(start))

	fmt.Println("3. main() ending")
}
