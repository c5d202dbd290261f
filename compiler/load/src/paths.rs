//! Import paths and file paths: pure text.

use std::path::{Component, Path, PathBuf};

/// `base/rel`, or `base` when `rel` is empty.
pub(crate) fn join_import(base: &str, rel: &str) -> String {
    match (base, rel) {
        (base, "" | ".") => base.to_owned(),
        ("", rel) => rel.to_owned(),
        (base, rel) => format!("{base}/{rel}"),
    }
}

/// What follows `prefix/` in an import path; "" when they are equal.
pub(crate) fn below_import<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}

/// Whether the go command takes `path` for one of std: its first element has no dot.
pub(crate) fn looks_like_std(path: &str) -> bool {
    !path.split('/').next().unwrap_or(path).contains('.')
}

/// Whether an import path or argument is relative to a directory.
pub(crate) fn is_local(path: &str) -> bool {
    path == "." || path == ".." || path.starts_with("./") || path.starts_with("../")
}

/// An import path without empty and dot elements, as `path.Clean` has it.
pub(crate) fn clean_import(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    let clean = format!("{root}{}", parts.join("/"));
    if clean.is_empty() { ".".to_owned() } else { clean }
}

/// Slash-separated form.
pub(crate) fn to_slash(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Lexically absolute and clean: no `.` or `..` remain.
pub fn absolute(path: &Path, dir: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in dir.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// `path` as the go command shows it: relative to `dir` when that is shorter.
pub fn short(path: &Path, dir: &Path) -> String {
    let full = path.to_string_lossy().into_owned();
    match relative(path, dir) {
        Some(rel) if rel.len() < full.len() => rel,
        _ => full,
    }
}

/// `path` relative to `dir` (both absolute), with `..` where needed.
fn relative(path: &Path, dir: &Path) -> Option<String> {
    if !path.is_absolute() || !dir.is_absolute() {
        return None;
    }
    let (mut there, mut here) = (path.components().peekable(), dir.components().peekable());
    while there.peek().is_some() && there.peek() == here.peek() {
        there.next();
        here.next();
    }
    let mut out = PathBuf::new();
    here.for_each(|_| out.push(".."));
    there.for_each(|part| out.push(part));
    if out.as_os_str().is_empty() {
        out.push(".");
    }
    Some(to_slash(&out))
}

/// Module paths in the cache write `!x` for `X`.
pub(crate) fn escape_module(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The directory whose subtree may import `path`, when `path` has an element `internal`.
pub(crate) fn internal_parent(path: &str) -> Option<&str> {
    if path == "internal" || path.starts_with("internal/") && !path[1..].contains("/internal") {
        return Some("");
    }
    let at =
        if path.ends_with("/internal") { path.len() - "/internal".len() } else { path.rfind("/internal/")? };
    Some(&path[..at])
}

/// Matches a pattern with `...` against an import path, as `go help packages` says.
pub(crate) fn match_dots(pattern: &str, path: &str) -> bool {
    if let Some(prefix) = pattern.strip_suffix("/...")
        && !prefix.contains("...")
    {
        return below_import(path, prefix).is_some();
    }
    let mut parts = pattern.split("...");
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_paths_are_the_shorter_ones() {
        let short = |path: &str, dir: &str| short(Path::new(path), Path::new(dir));
        assert_eq!(short("/a/b/c.go", "/a/b"), "c.go");
        assert_eq!(short("/aa/c.go", "/aa/b"), "../c.go");
        assert_eq!(short("/x/y.go", "/a/b/c/d/e"), "/x/y.go");
        assert_eq!(absolute(Path::new("../x/./y"), Path::new("/a/b")), Path::new("/a/x/y"));
    }

    #[test]
    fn import_paths() {
        assert_eq!(internal_parent("a/internal/b"), Some("a"));
        assert_eq!(internal_parent("internal/abi"), Some(""));
        assert_eq!(internal_parent("a/internal"), Some("a"));
        assert_eq!(internal_parent("internals/a"), None);
        assert!(match_dots("a/...", "a") && match_dots("a/...", "a/b/c") && !match_dots("a/...", "ab"));
        assert!(match_dots("...", "x/y") && match_dots("a...c", "abc"));
        assert_eq!(escape_module("github.com/Azure/x"), "github.com/!azure/x");
    }
}
