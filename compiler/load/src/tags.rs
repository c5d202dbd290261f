//! Which build tags are set, and which files a package consists of by their names.
//!
//! A file belongs to a build when its name's `_GOOS`, `_GOARCH` suffixes and its `//go:build` line agree with the tags.
//! For packages that the overlay calls `generic`, the architecture is one that nobody names: every architecture tag is
//! false, so that the files written for "any other" architecture are chosen.

use std::collections::BTreeSet;

use rgo_target::{Isa, Target};

use crate::Experiments;

/// The Go release whose tags (`go1.1` to this) are set.
pub const GO_MINOR: u32 = 27;

/// Tags that rgo sets besides those of the target: no C.
const BUILTIN: &[&str] = &["osusergo", "netgo", "gc"];

/// Tags by which packages choose Go over assembly: set where there is no assembler, and for those packages of std that the overlay does
/// not call `native`.
const PURE: &[&str] = &["purego", "noasm", "math_big_pure_go"];

const KNOWN_OS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

const UNIX_OS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
    "solaris",
];

const KNOWN_ARCH: &[&str] = &[
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// The set tags of one build.
#[derive(Clone, Debug)]
pub struct Tags {
    goos: &'static str,
    /// `None` for an architecture nobody names.
    goarch: Option<&'static str>,
    others: BTreeSet<String>,
}

impl Tags {
    /// The tags for `target` with the user's `extra` ones (`-tags`), for packages whose assembly is used if the target has an assembler.
    pub fn new(target: &Target, extra: &[String], experiments: &Experiments) -> Tags {
        let mut others: BTreeSet<String> = extra.iter().cloned().collect();
        if target.isa != Isa::X86_64 {
            others.extend(PURE.iter().map(|&tag| tag.to_owned()));
        }
        others.extend(BUILTIN.iter().map(|&tag| tag.to_owned()));
        others.extend((1..=GO_MINOR).map(|minor| format!("go1.{minor}")));
        others.extend(experiments.enabled(target).iter().map(|name| format!("goexperiment.{name}")));
        if target.goarch == "amd64" {
            others.insert("amd64.v1".to_owned());
        }
        Tags { goos: target.goos, goarch: Some(target.goarch), others }
    }

    /// The same tags for packages that are to be without assembly.
    pub fn pure(&self) -> Tags {
        let mut tags = self.clone();
        tags.others.extend(PURE.iter().map(|&tag| tag.to_owned()));
        tags
    }

    /// The same tags for an architecture nobody names.
    pub fn generic(&self) -> Tags {
        let mut others = self.others.clone();
        if let Some(arch) = self.goarch {
            others.retain(|tag| !tag.strip_prefix(arch).is_some_and(|rest| rest.starts_with('.')));
        }
        Tags { goos: self.goos, goarch: None, others }
    }

    /// Whether `tag` is set.
    pub fn is_set(&self, tag: &str) -> bool {
        if Some(tag) == self.goarch || tag == self.goos {
            return true;
        }
        match (tag, self.goos) {
            ("linux", "android") | ("solaris", "illumos") | ("darwin", "ios") => true,
            ("unix", os) => UNIX_OS.contains(&os),
            _ => self.others.contains(tag),
        }
    }

    /// Whether the suffixes of `file` (`x_linux_amd64.go`) allow it.
    pub fn allow_name(&self, file: &str) -> bool {
        let stem = file.split('.').next().unwrap_or(file);
        // Only what follows the first underscore counts: `linux.go` is for every system.
        let Some((_, suffix)) = stem.split_once('_') else { return true };
        let mut parts: Vec<&str> = suffix.split('_').collect();
        if parts.last() == Some(&"test") {
            parts.pop();
        }
        match parts.as_slice() {
            [.., os, arch] if KNOWN_OS.contains(os) && KNOWN_ARCH.contains(arch) => {
                self.is_set(os) && self.is_set(arch)
            }
            [.., last] if KNOWN_OS.contains(last) || KNOWN_ARCH.contains(last) => self.is_set(last),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tags() {
        let tags = Tags::new(&rgo_target::LINUX_AMD64, &["mine".into()], &Experiments::default());
        for yes in
            ["a.go", "linux.go", "a_linux.go", "a_amd64.go", "a_linux_amd64.go", "x_foo.go", "a_unix.go"]
        {
            assert!(tags.allow_name(yes), "{yes}");
        }
        for no in ["a_windows.go", "a_arm64.go", "a_linux_arm64.go", "a_darwin_test.go"] {
            assert!(!tags.allow_name(no), "{no}");
        }
        for set in ["linux", "unix", "amd64", "go1.1", "go1.27", "mine", "gc", "amd64.v1"] {
            assert!(tags.is_set(set), "{set}");
        }
        for unset in ["cgo", "go1.28", "windows", "goexperiment.simd", "race", "ignore", "purego", "noasm"] {
            assert!(!tags.is_set(unset), "{unset}");
        }
    }

    #[test]
    fn generic_has_no_architecture() {
        let tags = Tags::new(&rgo_target::LINUX_AMD64, &[], &Experiments::default()).generic();
        assert!(!tags.allow_name("a_amd64.go") && !tags.is_set("amd64.v1") && tags.is_set("linux"));
    }
}
