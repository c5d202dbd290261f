package bytealg

// MaxLen is the length of the longest string that rt searches for.
var MaxLen = 63

// MaxBruteForce is the length of the longest text in which Index is used at once: it is as fast as IndexByte where beginnings are rare.
//
//rgo:new
const MaxBruteForce = int(^uint(0) >> 1)

// Cutover is for texts longer than MaxBruteForce.
//
//rgo:new
func Cutover(n int) int { return n }
