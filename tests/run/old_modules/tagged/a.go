// Copyright line.

// +build linux,!cgo linux
// +build !someone

package tagged

var chosen = "terms joined by blanks and commas"
