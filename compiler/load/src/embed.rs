//! `//go:embed` patterns → files, by the rules of package `embed` and of the go command.
//!
//! A pattern is a slash-separated path below the package's directory with `path.Match` wildcards. A matching directory
//! stands for its tree without names that begin with `.` or `_`, unless the pattern begins with `all:`. Other modules,
//! version-control directories and irregular files are out of reach.

use std::collections::BTreeSet;
use std::path::Path;

use crate::disk::{Disk, Which};
use crate::graph::Embeds;

/// Resolves the patterns of one package. The error is the first failing pattern (in sorted order) and its message.
pub(crate) fn resolve(
    dir: &Path,
    patterns: &BTreeSet<&str>,
    disk: &Disk,
) -> Result<Embeds, (String, String)> {
    let mut embeds = Embeds::default();
    for &pattern in patterns {
        let fail = |reason: String| (pattern.to_owned(), format!("pattern {pattern}: {reason}"));
        let files = matches(dir, pattern, disk).map_err(fail)?;
        for file in &files {
            let path = dir.join(file);
            disk.note_contents(&path);
            embeds.files.insert(file.clone(), path);
        }
        embeds.patterns.insert(pattern.to_owned(), files.into_iter().collect());
    }
    Ok(embeds)
}

fn matches(dir: &Path, pattern: &str, disk: &Disk) -> Result<BTreeSet<String>, String> {
    let (glob, all) = match pattern.strip_prefix("all:") {
        Some(glob) => (glob, true),
        None => (pattern, false),
    };
    if !is_valid_pattern(glob) {
        return Err("invalid pattern syntax".to_owned());
    }
    let mut found = Vec::new();
    expand(dir, "", glob, disk, &mut found);
    let mut files = BTreeSet::new();
    for rel in found {
        let path = dir.join(&rel);
        let what = if disk.is_dir(&path) { "directory" } else { "file" };
        if rel != "."
            && path
                .ancestors()
                .take_while(|above| *above != dir)
                .any(|above| disk.is_file(&above.join("go.mod")))
        {
            return Err(format!("cannot embed {what} {rel}: in different module"));
        }
        if let Some(bad) = rel.split('/').find(|name| is_bad_name(name) && rel != ".") {
            return Err(format!("cannot embed {what} {rel}: invalid name {bad}"));
        }
        let kind = disk.symlink_metadata(&path).map_err(|e| e.to_string())?.file_type();
        if kind.is_dir() {
            let mut count = 0;
            tree(&path, &rel, all, disk, &mut |file| {
                count += 1;
                files.insert(file);
            })?;
            if count == 0 {
                return Err(format!("cannot embed directory {rel}: contains no embeddable files"));
            }
        } else if kind.is_file() {
            files.insert(rel);
        } else {
            return Err(format!("cannot embed irregular file {rel}"));
        }
    }
    if files.is_empty() { Err("no matching files found".to_owned()) } else { Ok(files) }
}

/// Paths in `dir/base` that match the remaining pattern, element by element.
fn expand(dir: &Path, base: &str, pattern: &str, disk: &Disk, found: &mut Vec<String>) {
    let (element, rest) = pattern.split_once('/').map_or((pattern, None), |(e, r)| (e, Some(r)));
    let mut visit = |name: &str| {
        let path = if base.is_empty() { name.to_owned() } else { format!("{base}/{name}") };
        match rest {
            Some(rest) => expand(dir, &path, rest, disk, found),
            None if disk.symlink_metadata(&dir.join(&path)).is_ok() => found.push(path),
            None => {}
        }
    };
    if !element.contains(['*', '?', '[', '\\']) {
        return visit(element);
    }
    let Ok(names) = disk.names(&dir.join(base), Which::All) else { return };
    for name in names.iter().filter(|name| match_element(element, name) == Some(true)) {
        visit(name);
    }
}

/// Embeddable files below a directory.
fn tree(dir: &Path, rel: &str, all: bool, disk: &Disk, visit: &mut dyn FnMut(String)) -> Result<(), String> {
    for name in disk.names(dir, Which::All).map_err(|e| e.to_string())? {
        if is_bad_name(&name) || !all && name.starts_with(['.', '_']) {
            continue;
        }
        let (path, rel) = (dir.join(&name), if rel == "." { name } else { format!("{rel}/{name}") });
        let kind = disk.symlink_metadata(&path).map_err(|e| e.to_string())?.file_type();
        if kind.is_dir() && !disk.is_file(&path.join("go.mod")) {
            tree(&path, &rel, all, disk, visit)?;
        } else if kind.is_file() {
            visit(rel);
        }
    }
    Ok(())
}

/// Names that a module archive cannot hold or that belong to version control.
fn is_bad_name(name: &str) -> bool {
    matches!(name, "" | "." | ".." | ".bzr" | ".hg" | ".git" | ".svn")
        || name.ends_with('.')
        || name.contains(['"', '\'', '*', '<', '>', '?', '`', '|', '/', '\\', ':'])
}

/// `fs.ValidPath`, and a well-formed glob.
fn is_valid_pattern(pattern: &str) -> bool {
    pattern == "."
        || pattern.split('/').all(|e| !matches!(e, "" | "." | "..") && match_element(e, "").is_some())
}

/// `path.Match` on one path element; `None` when the pattern is malformed.
fn match_element(pattern: &str, name: &str) -> Option<bool> {
    let (p, n): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    well_formed(&p)?;
    Some(match_chars(&p, &n))
}

fn well_formed(mut p: &[char]) -> Option<()> {
    while let Some((&c, rest)) = p.split_first() {
        p = match c {
            '\\' => rest.get(1..)?,
            '[' => class(rest, ' ')?.1,
            _ => rest,
        };
    }
    Some(())
}

fn match_chars(p: &[char], n: &[char]) -> bool {
    match (p.split_first(), n.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some(('*', rest)), _) => (0..=n.len()).any(|skip| match_chars(rest, &n[skip..])),
        (Some(_), None) => false,
        (Some(('?', rest)), Some((_, tail))) => match_chars(rest, tail),
        (Some(('[', rest)), Some((&c, tail))) => match class(rest, c) {
            Some((true, after)) => match_chars(after, tail),
            _ => false,
        },
        (Some(('\\', rest)), Some((c, tail))) => rest.first() == Some(c) && match_chars(&rest[1..], tail),
        (Some((want, rest)), Some((c, tail))) => want == c && match_chars(rest, tail),
    }
}

/// Reads a class after its `[`: whether it has `c`, and what follows `]`.
fn class(p: &[char], c: char) -> Option<(bool, &[char])> {
    let (negated, mut p) = match p.split_first()? {
        ('^', rest) => (true, rest),
        _ => (false, p),
    };
    let (mut hit, mut count) = (false, 0);
    loop {
        if count > 0 && p.first()? == &']' {
            return Some((hit != negated, &p[1..]));
        }
        let (low, rest) = class_char(p)?;
        let (high, rest) = match rest.split_first() {
            Some(('-', rest)) => class_char(rest)?,
            _ => (low, rest),
        };
        hit |= (low..=high).contains(&c);
        count += 1;
        p = rest;
    }
}

fn class_char(p: &[char]) -> Option<(char, &[char])> {
    match p.split_first()? {
        ('-' | ']', _) => None,
        ('\\', rest) => rest.split_first().map(|(c, rest)| (*c, rest)),
        (c, rest) => Some((*c, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, name, result) in [
            ("*.txt", "a.txt", Some(true)),
            ("*.txt", "a.txt2", Some(false)),
            ("a?c", "abc", Some(true)),
            ("[a-c]x", "bx", Some(true)),
            ("[^a-c]x", "bx", Some(false)),
            ("\\*", "*", Some(true)),
            ("[", "x", None),
            ("[]a]", "x", None),
        ] {
            assert_eq!(match_element(pattern, name), result, "{pattern} {name}");
        }
        assert!(!is_valid_pattern("../x") && !is_valid_pattern("/x") && is_valid_pattern("a/*/b"));
    }
}
