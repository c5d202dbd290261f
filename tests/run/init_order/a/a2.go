package a

import "example.com/initorder/internal/log"

var second = log.Add("a2.second")

func init() { log.Add("a2.init") }
