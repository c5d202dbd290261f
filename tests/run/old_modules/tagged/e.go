//go:build linux
// +build windows

package tagged

func init() { chosen += "; go:build wins" }
