// +build ignore
package tagged

// Chosen says which file was taken; the line above touches the package clause, so it is documentation.
func Chosen() string { return chosen }
