package runtime

// Arguments, environment, GODEBUG, build facts.

import (
	"internal/goarch"
	"internal/godebugs"
	"internal/goos"
	"internal/strconv"
	"unsafe"
)

// GOOS is the system that the program was built for.
const GOOS string = goos.GOOS

// GOARCH is the processor architecture that the program was built for.
const GOARCH string = goarch.GOARCH

// Compiler names the tool chain. Packages that have variants for compilers expect one of the names that existed when
// they were written; rgo follows gc.
const Compiler = "gc"

// Set when the program is built.
var (
	buildVersion   string // Go version
	defaultGOROOT  string
	godebugDefault string // settings of go.mod and //go:debug lines
	modinfo        string // build information between two 16-byte marks
)

// Version returns the version of Go that the program was built with.
func Version() string { return buildVersion }

// GOROOT returns the environment variable of that name, or else the root of the Go tree used to build the program, which
// may not exist where the program runs.
func GOROOT() string {
	if s := gogetenv("GOROOT"); s != "" {
		return s
	}
	return defaultGOROOT
}

// The process's start-up data, in memory that never changes (Rust).

func argc() int
func argv() **byte
func envp() **byte
func auxv() *[2]uintptr

// cstring returns element i of an array of C strings, sharing its bytes, and whether there is one.
func cstring(array **byte, i int) (string, bool) {
	p := *(**byte)(add(unsafe.Pointer(array), uintptr(i)*goarch.PtrSize))
	if p == nil {
		return "", false
	}
	return gostringnocopy(p), true
}

//go:linkname os_runtime_args os.runtime_args
func os_runtime_args() []string {
	args := make([]string, argc())
	for i := range args {
		args[i], _ = cstring(argv(), i)
	}
	return args
}

// isSecureMode reports whether the program has rights that who started it has not. Rust.
func isSecureMode() bool

//go:linkname syscall_runtime_envs syscall.runtime_envs
func syscall_runtime_envs() []string {
	n := 0
	for {
		if _, ok := cstring(envp(), n); !ok {
			break
		}
		n++
	}
	envs := make([]string, n)
	for i := range envs {
		envs[i], _ = cstring(envp(), i)
		if isSecureMode() && len(envs[i]) > len("GOTRACEBACK=") && envs[i][:len("GOTRACEBACK=")] == "GOTRACEBACK=" {
			envs[i] = "GOTRACEBACK=none" // also for what this program starts
		}
	}
	return envs
}

// gogetenv returns a variable of the environment that the process started with.
func gogetenv(key string) string {
	for i := 0; ; i++ {
		s, ok := cstring(envp(), i)
		if !ok {
			return ""
		}
		if len(s) > len(key) && s[len(key)] == '=' && s[:len(key)] == key {
			return s[len(key)+1:]
		}
	}
}

//go:linkname cpu_runtime_getAuxv vendor/golang.org/x/sys/cpu.runtime_getAuxv
func cpu_runtime_getAuxv() []uintptr { return getAuxv() }

// getAuxv returns the auxiliary vector as tag, value, tag, value, ...
//
//go:linkname getAuxv
func getAuxv() []uintptr {
	v := auxv()
	if v == nil {
		return nil
	}
	n := 0
	for *(*uintptr)(add(unsafe.Pointer(v), uintptr(2*n)*goarch.PtrSize)) != 0 {
		n++
	}
	return unsafe.Slice((*uintptr)(unsafe.Pointer(v)), 2*n)
}

// cpuOptions returns the part of GODEBUG that switches processor features off.
func cpuOptions() string {
	env := gogetenv("GODEBUG")
	if hasPrefix(env, "cpu.") {
		return env
	}
	return ""
}

// GODEBUG settings. Package internal/godebug parses them; it registers its callbacks here because changes of the
// environment arrive at this package.

var (
	godebugUpdate func(def, env string)
	godebugNewInc func(name string) func()
	// panicnilAllowed: panic(nil) is what it says.
	panicnilAllowed bool
)

//go:linkname godebug_setUpdate internal/godebug.setUpdate
func godebug_setUpdate(update func(string, string)) {
	godebugUpdate = update
	godebugNotify(gogetenv("GODEBUG"))
}

//go:linkname godebug_setNewIncNonDefault internal/godebug.setNewIncNonDefault
func godebug_setNewIncNonDefault(newInc func(string) func()) { godebugNewInc = newInc }

// godebugNotify propagates the present value of GODEBUG.
func godebugNotify(env string) {
	panicnilAllowed = godebugSetting(env, "panicnil") == "1"
	setTracebackLabels(godebugSetting(env, "tracebacklabels") != "0")
	if godebugUpdate != nil {
		godebugUpdate(godebugDefault, env)
	}
}

// godebugSetting returns the value of a setting, from the environment or else from the defaults of the build.
func godebugSetting(env, key string) string {
	for _, list := range [2]string{env, godebugDefault} {
		// Later settings win.
		value, found := "", false
		for list != "" {
			var item string
			item, list, _ = cutByte(list, ',')
			if k, v, ok := cutByte(item, '='); ok && k == key {
				value, found = v, true
			}
		}
		if found {
			return value
		}
	}
	return ""
}

// setTracebackLabels says whether tracebacks show the labels of goroutines. Rust.
func setTracebackLabels(on bool)

func init() {
	env := gogetenv("GODEBUG")
	if env != "" || godebugDefault != "" {
		refuseRemoved(godebugDefault)
		refuseRemoved(env)
		panicnilAllowed = godebugSetting(env, "panicnil") == "1"
		setTracebackLabels(godebugSetting(env, "tracebacklabels") != "0")
	}
}

// refuseRemoved ends the program if the list asks for a behaviour that Go no longer has. Only at start: what the program does to its
// environment later is no reason.
func refuseRemoved(list string) {
	for list != "" {
		var item string
		item, list, _ = cutByte(list, ',')
		key, value, ok := cutByte(item, '=')
		if !ok {
			continue
		}
		for _, info := range godebugs.Removed {
			if info.Name == key && info.Old(value) {
				fatal("removed GODEBUG \"" + key + "\" set to old value \"" + value +
					"\" in environment (https://go.dev/doc/godebug#go-1" + strconv.Itoa(info.Removed) + ")")
			}
		}
	}
}

// godebugInc counts uses of a non-default setting for runtime/metrics.
type godebugInc struct {
	name string
	inc  func()
}

func (g *godebugInc) IncNonDefault() {
	if g.inc == nil && godebugNewInc != nil {
		g.inc = godebugNewInc(g.name)
	}
	if g.inc != nil {
		g.inc()
	}
}

//go:linkname syscall_runtimeSetenv syscall.runtimeSetenv
func syscall_runtimeSetenv(key, value string) {
	if key == "GODEBUG" {
		godebugNotify(value)
	}
}

//go:linkname syscall_runtimeUnsetenv syscall.runtimeUnsetenv
func syscall_runtimeUnsetenv(key string) {
	if key == "GODEBUG" {
		godebugNotify("")
	}
}

//go:linkname syscall_runtimeClearenv syscall.runtimeClearenv
func syscall_runtimeClearenv(env map[string]int) {
	if _, ok := env["GODEBUG"]; ok {
		godebugNotify("")
	}
}
