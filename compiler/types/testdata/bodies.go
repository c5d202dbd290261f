package p

import _ "unsafe"

//go:linkname here runtime.here
func here()

func nowhere() // ERROR "missing function body"
