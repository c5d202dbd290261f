package cpu

// CacheLinePadSize is how far apart fields must be not to share a cache line, on any machine.
const CacheLinePadSize = 64

// doinit detects nothing: std's assembly, which the flags choose between, is not used.
func doinit() {}
