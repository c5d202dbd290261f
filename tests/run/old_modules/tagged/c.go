// +build windows darwin

package tagged

var chosen = "another system"
