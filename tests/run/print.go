package main

func main() {
	println("println writes to standard error", 1, -2, true, 'x', 1.5)
	print("no newline", "\n")
	var i interface{}
	println(i == nil, len("héllo"), cap(make([]int, 2, 5)))
}
