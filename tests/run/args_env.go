// Arguments, environment and standard input.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	fmt.Println(len(os.Args), os.Args[1:])
	n := flag.Int("n", 1, "a number")
	v := flag.Bool("v", false, "verbose")
	name := flag.String("name", "none", "a name")
	flag.Parse()
	fmt.Println(*n, *v, *name, flag.Args(), flag.NArg())
	fmt.Printf("%q %q\n", os.Getenv("GREETING"), os.Getenv("UNSET"))
	_, ok := os.LookupEnv("EMPTY")
	_, ok2 := os.LookupEnv("UNSET")
	fmt.Println(ok, ok2, os.ExpandEnv("$GREETING-${EMPTY}-$UNSET."))
	os.Setenv("NEW", "x")
	os.Unsetenv("GREETING")
	fmt.Println(os.Getenv("NEW"), os.Getenv("GREETING") == "")
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadString('\n')
	fmt.Printf("%q %v\n", line, err)
	var a, b int
	c, err := fmt.Fscan(in, &a, &b)
	fmt.Println(c, err, a+b)
	sc := bufio.NewScanner(in)
	sc.Split(bufio.ScanWords)
	words := map[string]int{}
	for sc.Scan() {
		words[strings.ToLower(sc.Text())]++
	}
	fmt.Println(words)
	_, err = in.ReadByte()
	fmt.Println(err == io.EOF)
}
