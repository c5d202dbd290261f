// A heap that grows because no hole is large enough for an object gives the holes back to the system.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	const size, n = 64 << 10, 512
	// One cache of pages.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	kept := make([][]byte, n/2+1)
	dropped := make([][]byte, n/2)
	for i := range n {
		b := make([]byte, size)
		if i%2 == 0 {
			kept = append(kept, b)
		} else {
			dropped = append(dropped, b)
		}
	}
	runtime.GC()
	dropped = nil
	runtime.GC()
	kept = append(kept, make([]byte, n/2*size))
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	backed := float64(stats.HeapSys - stats.HeapReleased - 64*8192)
	if backed < 1.25*float64(stats.HeapAlloc) {
		fmt.Println("holes are given back")
	} else {
		fmt.Printf("%d bytes in memory, %d in use\n", int(backed), stats.HeapAlloc)
	}
	runtime.KeepAlive(kept)
}
