//! Help texts.

const MAIN: &str = "\
rgo compiles Go programs ahead of time.

Usage:

	rgo <command> [arguments]

The commands are:

	build       compile packages and dependencies
	run         compile and run a Go program
	test        test packages
	tool        compile one package as gc's compiler does
	clean       remove the cache of built programs
	env         print the environment rgo works in
	version     print versions
	help        explain a command or topic

Use \"rgo help <command>\" for more about a command, and
\"rgo help environment\" for the environment variables.";

const BUILD: &str = "\
usage: rgo build [-o output] [build flags] [packages]

Build compiles the named packages (directories, import paths, patterns with
\"...\", or a list of .go files that make up one package; none means \".\") with
all they import. A single main package becomes an executable, named after the
first file, or after the last element of the import path. Several packages, or
one that is not main, are only checked, unless -o names a directory.

The build flags, shared by build and run:

	-C dir          change to dir first
	-a              build again even if nothing has changed
	-p n            use n threads (default: all cores)
	-v              print the names of packages as they are compiled
	-x              print what is done
	-tags list      further build tags, separated by commas
	-mod mode       readonly, vendor or mod
	-trimpath       no file system paths in the executable
	-gcflags list   -e (all errors), -m (optimisation decisions), -N (do not
	                optimise), -l (do not inline), -C (no columns),
	                -lang=go1.N (language version)
	-ldflags list   -s -w -X importpath.name=value -checklinkname=0 -k=variable
	                -linkmode=external -extld=linker -extldflags=list
	-target os/arch what to compile for (default: GOOS/GOARCH, or the host)
	-goroot dir     where the standard library is
	-time           print how long each stage took
	-dump stage     print a stage's output: load, syntax, types, lower,
	                opt[:pass], codegen, link; with @func, of one function

Flags of the go command that mean nothing here (-work, -pgo, ...) are ignored.";

const RUN: &str = "\
usage: rgo run [build flags] [-exec xprog] package [arguments...]

Run compiles a main package, given as a package or as a list of .go files, and
runs it with the arguments. Standard input, output and error are the program's.
When the program fails, run prints its exit status and exits with status 1.
See 'rgo help build' for the build flags.";

const TOOL: &str = "\
usage: rgo tool [-n] compile [-p importpath] [compiler flags] file.go...

Tool compile checks and compiles the files of one package, every function of
it, and reports errors as gc's compiler does. Nothing is written: rgo compiles
programs as a whole. The flags are those of -gcflags; -o, -D, -I, -importcfg
and -trimpath are accepted and mean nothing. With -n the command that would
be run is printed.";

const TEST: &str = "\
usage: rgo test [build/test flags] [packages] [build/test flags & test binary flags]

Test compiles each named package together with its _test.go files and runs
tests, examples and seeds of fuzz targets, in the package's directory. One line
per package says how it went; without package arguments the package in the
current directory is tested and all output is shown.

	-run regexp     tests and examples to run; -skip: not to run
	-bench regexp   benchmarks to run; -benchtime t, -benchmem
	-v -short -count n -cpu list -parallel n -failfast -shuffle on|off|n
	-list regexp -timeout t -fullpath
	-cpuprofile f, -memprofile f, -blockprofile f, -mutexprofile f, -trace f,
	-outputdir dir
	-c              compile the test program only; -o file: its name
	-json           events instead of text
	-exec xprog     run test programs by xprog
	-args ...       the rest is for the test program

Results are not cached and nothing is vetted. See 'rgo help build' for the
build flags.";

const ENV: &str = "\
usage: rgo env [-json] [var ...]

Env prints the settings rgo works with, or the values of the named ones.";

const ENVIRONMENT: &str = "\
rgo reads these environment variables:

	RGO_GOROOT      root of a Go tree of the supported release, for rgo only
	GOROOT          the same; passed over when it holds another release
	RGO_BUILD_CACHE where rgo keeps executables so that an unchanged program is
	                not built again; off: nowhere ($RGO_CACHE/build)
	RGO_CACHE       where rgo keeps a downloaded standard library
	                (default: $XDG_CACHE_HOME/rgo or ~/.cache/rgo)
	RGO_OVERLAY     read the runtime's Go files from this directory
	                instead of from the rgo binary (for work on rgo)
	GOOS, GOARCH    what to compile for
	GOFLAGS         flags put in front of those of the command line
	GOPATH, GOMODCACHE
	                where the go command keeps downloaded modules (only read)
	TMPDIR          where 'rgo run' puts the executable";

/// The overview.
pub(crate) fn main() -> String {
    MAIN.to_owned()
}

/// Help about a command or topic.
pub(crate) fn topic(name: &str) -> Option<&'static str> {
    match name {
        "build" => Some(BUILD),
        "run" => Some(RUN),
        "tool" => Some(TOOL),
        "test" => Some(TEST),
        "env" => Some(ENV),
        "environment" => Some(ENVIRONMENT),
        "version" => {
            Some("usage: rgo version\n\nVersion prints rgo's version and that of the Go release it compiles.")
        }
        _ => None,
    }
}

/// The two lines after a usage error.
pub(crate) fn usage(command: &str) -> String {
    let first = topic(command).and_then(|text| text.lines().next()).unwrap_or_default();
    format!("{first}\nRun 'rgo help {command}' for details.")
}
