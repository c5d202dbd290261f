package b

import "example.com/initorder/internal/log"

var (
	Y = f()
	z = log.Add("b.z")
)

func f() int { return log.Add("b.Y after z") + z*0 }

func init() { log.Add("b.init") }
