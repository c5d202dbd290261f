// Settings in the environment that end the program before main: a memory limit that is none, a GODEBUG setting that Go has dropped. And
// each collection that the program asks for has its line of gctrace before runtime.GC returns.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

func run(env string) {
	cmd := exec.Command(os.Args[0], "child")
	cmd.Env = append(os.Environ(), env)
	out, err := cmd.CombinedOutput()
	text, _, _ := strings.Cut(string(out), "\n\n")
	fmt.Printf("%s: %v\n%s\n", env, err, strings.TrimSpace(text))
}

func main() {
	if len(os.Args) > 1 {
		if strings.Contains(os.Getenv("GODEBUG"), "gctrace") {
			for range 5 {
				runtime.GC()
			}
			os.Exit(0)
		}
		fmt.Println("runs")
		return
	}
	for _, env := range []string{
		"GOMEMLIMIT=much", "GOMEMLIMIT=-1", "GOMEMLIMIT=5KB", "GOMEMLIMIT=off", "GOMEMLIMIT=100MiB",
		"GODEBUG=asynctimerchan=1", "GODEBUG=asynctimerchan=2", "GODEBUG=asynctimerchan=0", "GODEBUG=tlskyber=0,x=1",
		"GODEBUG=x509sha1=0", "GODEBUG=asynctimerchan=0,asynctimerchan=1", "GODEBUG=asynctimerchan", "GODEBUG=unknown=1",
	} {
		run(env)
	}
	cmd := exec.Command(os.Args[0], "child")
	cmd.Env = append(os.Environ(), "GODEBUG=gctrace=1")
	out, _ := cmd.CombinedOutput()
	fmt.Println(strings.Count(string(out), " (forced)\n"))
}
