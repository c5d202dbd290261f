// The text and status of: unlock of an unlocked mutex is a fatal error.
package main

import (
	"fmt"
	"sync"
)

func main() {
	defer func() { fmt.Println("not recovered", recover()) }()
	var mu sync.Mutex
	mu.Unlock()
}
