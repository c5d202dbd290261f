//! Which symbols of the standard library a program may refer to by `//go:linkname`, as gc's linker decides it.
//!
//! A reference ("pull") is allowed where the definition is marked with a linkname directive as well ("push"); `linknamestd` marks it
//! for the standard library only, and some marked symbols are kept for the packages they were made for. The standard library's own
//! references are not looked at. rgo's overlay replaces files that carry marks, so GOROOT's files are asked.

use std::fs;
use std::path::Path;

use rgo_load::PackageGraph;
use rgo_mir::Pull;

/// Symbols that only the packages before them may refer to.
const KEPT: &[(&[&str], &[&str])] = &[
    (&[], &["runtime.addmoduledata"]),
    (
        &["crypto/fips140"],
        &["crypto/fips140.isBypassed", "crypto/fips140.setBypass", "crypto/fips140.unsetBypass"],
    ),
    (
        &["crypto/internal/fips140"],
        &[
            "crypto/internal/fips140.fatal",
            "crypto/internal/fips140.getIndicator",
            "crypto/internal/fips140.setIndicator",
        ],
    ),
    (&["crypto/internal/fips140/check"], &["go:fipsinfo"]),
    (&["crypto/internal/sysrand"], &["crypto/internal/sysrand.fatal"]),
    (&["crypto/rand"], &["crypto/rand.fatal"]),
    (&["crypto/subtle"], &["crypto/subtle.setDITDisabled", "crypto/subtle.setDITEnabled"]),
    (
        &["internal/cpu"],
        &["internal/cpu.riscvHWProbe", "internal/cpu.sysctlbynameBytes", "internal/cpu.sysctlbynameInt32"],
    ),
    (&["internal/runtime/cgroup"], &["internal/runtime/cgroup.throw"]),
    (
        &["internal/runtime/maps"],
        &[
            "internal/runtime/maps.errNilAssign",
            "internal/runtime/maps.fatal",
            "internal/runtime/maps.newarray",
            "internal/runtime/maps.newobject",
            "internal/runtime/maps.rand",
            "internal/runtime/maps.typeString",
            "internal/runtime/maps.typedmemclr",
            "internal/runtime/maps.typedmemmove",
        ],
    ),
    (
        &["internal/sync"],
        &[
            "internal/sync.fatal",
            "internal/sync.runtime_SemacquireMutex",
            "internal/sync.runtime_Semrelease",
            "internal/sync.runtime_canSpin",
            "internal/sync.runtime_doSpin",
            "internal/sync.runtime_nanotime",
            "internal/sync.throw",
        ],
    ),
    (
        &["internal/synctest"],
        &[
            "internal/synctest.IsInBubble",
            "internal/synctest.Run",
            "internal/synctest.Wait",
            "internal/synctest.acquire",
            "internal/synctest.associate",
            "internal/synctest.disassociate",
            "internal/synctest.inBubble",
            "internal/synctest.isAssociated",
            "internal/synctest.release",
        ],
    ),
    (&["net"], &["net.newWindowsFile"]),
    (&["reflect"], &["runtime.getStaticuint64s"]),
    (
        &["runtime"],
        &[
            "runtime.mapaccess1",
            "runtime.mapaccess1_fast32",
            "runtime.mapaccess1_fast64",
            "runtime.mapaccess1_faststr",
            "runtime.mapdelete_fast32",
            "runtime.mapdelete_fast64",
            "runtime.mapdelete_faststr",
        ],
    ),
    (
        &["runtime/pprof"],
        &[
            "runtime.pprof_goroutineLeakProfileWithLabels",
            "runtime/pprof.runtime_goroutineLeakGC",
            "runtime/pprof.runtime_goroutineleakcount",
        ],
    ),
    (
        &["runtime/secret"],
        &[
            "runtime/secret.appendSignalStacks",
            "runtime/secret.count",
            "runtime/secret.dec",
            "runtime/secret.eraseSecrets",
            "runtime/secret.getStack",
            "runtime/secret.inc",
        ],
    ),
    (
        &["runtime/trace"],
        &["runtime/trace.runtime_readTrace", "runtime/trace.runtime_traceClockUnitsPerSecond"],
    ),
    (&["sync"], &["sync.runtime_SemacquireWaitGroup"]),
    (&["sync_test"], &["sync_test.runtime_blockUntilEmptyCleanupQueue"]),
    (&["syscall"], &["syscall.rawsyscalln", "syscall.runtimeClearenv", "syscall.syscalln"]),
    (&["testing/cryptotest"], &["crypto/internal/rand.SetTestingReader", "testing.checkParallel"]),
    (&["testing/synctest"], &["testing/synctest.testingSynctestTest"]),
    (&["time"], &["time.runtimeIsBubbled", "time.runtimeNano", "time.runtimeNow"]),
    (&["unique"], &["unique.runtime_blockUntilEmptyCleanupQueue"]),
];

/// The linker's complaint about the first reference that is not allowed.
pub(crate) fn check(graph: &PackageGraph, pulls: &[Pull]) -> Option<String> {
    let bad = pulls.iter().find(|pull| !is_allowed(graph, &pull.package, &pull.symbol))?;
    Some(format!("link: {}: invalid reference to {}", bad.package, bad.symbol))
}

fn is_allowed(graph: &PackageGraph, package: &str, symbol: &str) -> bool {
    if let Some((packages, _)) = KEPT.iter().find(|(_, symbols)| symbols.contains(&symbol)) {
        return packages.contains(&package);
    }
    let Some((path, name)) = split(symbol) else { return true };
    let Some(owner) = graph.find(path).map(|id| graph.package(id)).filter(|owner| owner.is_std) else {
        return true;
    };
    let in_graph = graph.packages.iter().filter(|package| package.is_std).any(|package| {
        let directives = package.files.iter().flat_map(|file| &file.directives);
        directives.filter(|d| d.verb() == "linkname").any(|d| marks(d.args(), package.path.as_str(), symbol))
    });
    in_graph
        || [owner.dir.as_path(), &graph_dir(graph, "runtime")]
            .iter()
            .any(|dir| has_mark(dir, path, name, symbol))
}

/// The directory of a package of std.
fn graph_dir(graph: &PackageGraph, path: &str) -> std::path::PathBuf {
    graph.find(path).map(|id| graph.package(id).dir.clone()).unwrap_or_default()
}

/// Package path and name, parted at the first dot after the last slash.
fn split(symbol: &str) -> Option<(&str, &str)> {
    let slash = symbol.rfind('/').map_or(0, |at| at + 1);
    let dot = slash + symbol[slash..].find('.')?;
    Some((&symbol[..dot], &symbol[dot + 1..]))
}

/// Whether a directive with these arguments, in package `path`, marks `symbol`.
fn marks(args: &str, path: &str, symbol: &str) -> bool {
    let mut words = args.split_whitespace();
    match (words.next(), words.next()) {
        (Some(local), None) => {
            symbol.strip_prefix(path).and_then(|rest| rest.strip_prefix('.')) == Some(local)
        }
        (Some(_), Some(remote)) => remote == symbol,
        _ => false,
    }
}

/// Whether some file of `dir`, for whatever target, marks `symbol`, which is `name` of package `path`.
fn has_mark(dir: &Path, path: &str, name: &str, symbol: &str) -> bool {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path()).filter(|file| file.extension().is_some_and(|e| e == "go"));
    files.filter_map(|file| fs::read_to_string(file).ok()).any(|text| {
        text.contains(name)
            && text
                .lines()
                .filter_map(|line| line.strip_prefix("//go:linkname "))
                .any(|args| marks(args, path, symbol))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives() {
        assert_eq!(split("a.b/c.d"), Some(("a.b/c", "d")));
        assert!(marks("nanotime", "runtime", "runtime.nanotime"));
        assert!(marks("x sync.y", "runtime", "sync.y") && !marks("x sync.y", "runtime", "runtime.x"));
        assert!(!marks("nanotime", "time", "runtime.nanotime"));
    }
}
