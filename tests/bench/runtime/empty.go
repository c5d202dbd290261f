// Nothing: what start-up and exit cost.
package main

func main() {}
