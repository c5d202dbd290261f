#!/usr/bin/env python3
"""Compares rgo with gc: build time, size, start-up and run time, in one run on one machine.

usage: tests/bench/bench.py [--rgo FILE] [--runs N] [NAME...]

A NAME is `hello`, `gofmt`, a program of this folder, or a file of `kernels/`: each of these holds many small programs, of which the
processor time is measured, so that a busy machine disturbs less. `kernels` stands for all of them. `start-up`, or a file of `runtime/`,
measures the runtime; `runtime` stands for all of these, FILE/MEASUREMENT for one. Beside each of these ratios stands its goal.

gc is $GOROOT/bin/go, else the go of the PATH. Times are the best of N runs; the two compilers take turns, so that both see
the same machine. Prints a table of Markdown; a ratio below 1 means that rgo is better.
"""
import argparse
import math
import os
import pathlib
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def timed(command, accepted=(0,), **options):
    """Seconds of one run, and its output; an exit status that is not accepted raises RuntimeError."""
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    took = time.perf_counter() - start
    if done.returncode not in accepted:
        raise RuntimeError(f"{command[0]}: exit {done.returncode}: {done.stderr.decode()[:500]}")
    return took, done.stdout


def processor_time(command):
    """Seconds of processor time of one run, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _, out = timed(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, out


def process(*command):
    """Processor seconds and page faults of one run."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if status != 0:
        raise RuntimeError(f"{command[0]}: status {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_minflt + usage.ru_majflt


def geometric(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def best(runs, *thunks):
    """The least time of each thunk over `runs` rounds, taking turns."""
    least = [float("inf")] * len(thunks)
    for _ in range(runs):
        for i, thunk in enumerate(thunks):
            least[i] = min(least[i], thunk())
    return least


class Bench:
    def __init__(self, rgo, go, work, runs):
        self.rgo, self.go, self.work, self.runs = rgo, go, work, runs
        self.rows = []
        self.ratios = []

    def row(self, what, unit, ours, theirs, goal=None):
        ratio = ours / theirs
        last = "" if goal is None else f" {goal} ({'met' if round(ratio, 2) <= goal else 'missed'}) |"
        self.rows.append(f"| {what} | {ours:.4g} {unit} | {theirs:.4g} {unit} | {ratio:.2f} |{last}")
        print(self.rows[-1], flush=True)

    def build(self, compiler, source, out, cold=False):
        environment = dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="", CGO_ENABLED="0")
        command = [self.go if compiler == "gc" else self.rgo, "build", "-o", out, source]
        if cold:
            cache = tempfile.mkdtemp(dir=self.work)
            environment["GOCACHE"] = environment["XDG_CACHE_HOME"] = environment["RGO_BUILD_CACHE"] = cache
            # The fetched standard library is no cache of builds.
            environment.setdefault("RGO_GOROOT", self.goroot)
        took, _ = timed(command, env=environment, cwd=ROOT)
        return took

    def both(self, source, name):
        ours, theirs = f"{self.work}/{name}.rgo", f"{self.work}/{name}.gc"
        self.build("rgo", source, ours)
        self.build("gc", source, theirs)
        return ours, theirs

    def hello(self):
        source = "examples/hello.go"
        ours, theirs = self.both(source, "hello")
        cold = best(1, lambda: self.build("rgo", source, ours, True), lambda: self.build("gc", source, theirs, True))
        self.row("hello, build, cold", "s", *cold)
        warm = best(self.runs, lambda: self.build("rgo", source, ours), lambda: self.build("gc", source, theirs))
        self.row("hello, build, warm", "s", *warm)
        self.row("hello, size", "MB", *(os.path.getsize(f) / 1e6 for f in (ours, theirs)))
        start = best(30, lambda: timed([ours])[0], lambda: timed([theirs])[0])
        self.row("hello, run", "ms", *(t * 1e3 for t in start))

    def gofmt(self):
        ours, theirs = self.both("cmd/gofmt", "gofmt")
        self.row("gofmt, size", "MB", *(os.path.getsize(f) / 1e6 for f in (ours, theirs)))
        src = f"{self.goroot}/src"
        outputs = []

        def run(binary):
            # Status 2: some files of testdata have syntax errors on purpose.
            took, out = timed([binary, "-l", src], accepted=(0, 2))
            outputs.append(out)
            return took
        least = best(max(1, self.runs // 2), lambda: run(ours), lambda: run(theirs))
        if len(set(outputs)) != 1:
            raise RuntimeError("gofmt: outputs differ")
        self.row("gofmt -l over src", "s", *least)

    def kernel(self, path):
        ours, theirs = self.both(str(path), path.stem)
        outputs = set()

        def run(binary):
            took, out = timed([binary])
            outputs.add(out)
            return took
        least = best(self.runs, lambda: run(ours), lambda: run(theirs))
        if len(outputs) != 1:
            raise RuntimeError(f"{path.stem}: outputs differ")
        self.row(path.stem, "s", *least)

    def kernels(self, path):
        """Each kernel of a file; without argument the program lists them."""
        ours, theirs = self.both(str(path), f"kernels-{path.stem}")
        for name in timed([theirs])[1].decode().split():
            outputs = set()

            def run(binary):
                took, out = processor_time([binary, name])
                outputs.add(out)
                return took
            least = best(self.runs, lambda: run(ours), lambda: run(theirs))
            if len(outputs) != 1:
                raise RuntimeError(f"{path.stem}, {name}: outputs differ")
            self.row(name, "s", *least)
            self.ratios.append(max(least[0], 1e-3) / max(least[1], 1e-3))

    def runtime(self, path, only=None):
        """Each measurement of a file. Without argument the program lists them: name, unit, goal. With a name it prints a figure, less is
        better; with the unit `process` that is its peak memory, and its processor time is measured too."""
        ours, theirs = self.both(str(path), f"runtime-{path.stem}")
        ratios = []
        for line in timed([theirs])[1].decode().splitlines():
            name, unit, goal = line.split()
            if only not in (None, name):
                continue
            what, goal = f"{path.stem}: {name}", float(goal)
            if unit == "process":
                (cpu, peak), (gc_cpu, gc_peak) = self.processes(ours, theirs, name)
                self.row(f"{what}, CPU", "s", cpu, gc_cpu, goal)
                self.row(f"{what}, peak memory", "MB", peak / 1e6, gc_peak / 1e6, goal)
                continue
            least = best(self.runs, *(lambda b=b: float(timed([b, name])[1]) for b in (ours, theirs)))
            self.row(what, unit, *least, goal)
            ratios.append(least[0] / least[1])
        if len(ratios) > 4:
            print(f"| {path.stem}: geometric mean | | | {geometric(ratios):.2f} |", flush=True)

    def processes(self, ours, theirs, name):
        """Least processor time, and the median peak: collections do not always fall into the same place."""
        def once(binary):
            took, out = processor_time([binary, name])
            return took, float(out)
        runs = [[once(binary) for binary in (ours, theirs)] for _ in range(self.runs)]
        return [
            (min(run[i][0] for run in runs), statistics.median(run[i][1] for run in runs)) for i in range(2)
        ]

    def start_up(self):
        for name, source in (("empty", "tests/bench/runtime/empty.go"), ("hello", "examples/hello.go")):
            binaries = self.both(source, f"start-{name}")
            least = [[float("inf")] * 3 for _ in binaries]
            for _ in range(8 * self.runs):
                for i, binary in enumerate(binaries):
                    start = time.perf_counter()
                    cpu, faults = process(binary)
                    wall = time.perf_counter() - start
                    least[i] = [min(pair) for pair in zip(least[i], (cpu * 1e3, wall * 1e3, faults))]
            for what, unit, goal, ours, theirs in zip(("CPU", "wall", "page faults"), ("ms", "ms", ""), (0.5, 0.5, None), *least):
                self.row(f"start-up of {name}, {what}", unit, ours, theirs, goal)

    def mean(self):
        """The geometric mean over the kernels measured."""
        if self.ratios:
            print(f"| geometric mean of {len(self.ratios)} kernels | | | {geometric(self.ratios):.2f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rgo", default=str(ROOT / "target/release/rgo"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    go = os.path.join(os.environ["GOROOT"], "bin/go") if "GOROOT" in os.environ else shutil.which("go")
    if not go or not os.path.exists(args.rgo):
        sys.exit("need a go command (GOROOT or PATH) and rgo (cargo build --release, or --rgo)")
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(os.path.abspath(args.rgo), go, work, args.runs)
        bench.goroot = subprocess.check_output([go, "env", "GOROOT"], text=True).strip()
        version = subprocess.check_output([go, "version"], text=True).strip()
        print(f"{version}; {os.cpu_count()} processors, {platform.machine()}\n")
        print("| what | rgo | gc | ratio |\n|---|---|---|---|")
        parts = {"hello": bench.hello, "gofmt": bench.gofmt}
        for path in sorted(HERE.glob("*.go")):
            parts[path.stem] = lambda path=path: bench.kernel(path)
        files = sorted((HERE / "kernels").glob("*.go"))
        for path in files:
            parts[path.stem] = lambda path=path: bench.kernels(path)
        if "kernels" in args.names:
            args.names += [path.stem for path in files]
        parts["start-up"] = bench.start_up
        files = [path for path in sorted((HERE / "runtime").glob("*.go")) if path.stem != "empty"]
        for path in files:
            parts[path.stem] = lambda path=path: bench.runtime(path)
        if "runtime" in args.names:
            args.names += ["start-up", *(path.stem for path in files)]
        for name in args.names:
            file, _, only = name.partition("/")
            if only:
                parts[name] = lambda path=HERE / "runtime" / f"{file}.go", only=only: bench.runtime(path, only)
        failed = 0
        for name, part in parts.items():
            if args.names and name not in args.names:
                continue
            try:
                part()
            except RuntimeError as why:
                failed += 1
                print(f"| {name} | failed: {str(why).splitlines()[0]} | | |", flush=True)
        bench.mean()
        sys.exit(1 if failed else 0)


main()
