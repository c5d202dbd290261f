// +build ignore

// A program in the folder of a package.
package main

func main() {}
