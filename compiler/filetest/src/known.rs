//! `KNOWN_FAILURES`: one line `name: reason` for each case that is known to fail. `#` begins a comment.
//!
//! The suite asserts that a listed case *does* fail, that it exists, and that it is listed once.

use std::collections::BTreeMap;
use std::path::Path;

/// Reads the list in `folder`; a folder without one has no known failures.
pub fn read(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    match std::fs::read_to_string(folder.join("KNOWN_FAILURES")) {
        Ok(text) => parse(&text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(e) => Err(format!("{}/KNOWN_FAILURES: {e}", folder.display())),
    }
}

/// Parses a list in that form.
pub fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut known = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, reason)) = line.split_once(':') else {
            return Err(format!("KNOWN_FAILURES:{}: want `name: reason`", at + 1));
        };
        if reason.trim().is_empty() {
            return Err(format!("KNOWN_FAILURES:{}: {name} has no reason", at + 1));
        }
        if known.insert(name.trim().to_owned(), reason.trim().to_owned()).is_some() {
            return Err(format!("KNOWN_FAILURES:{}: {name} is listed twice", at + 1));
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn lines() {
        let known = parse("# why\n\nweak: no ephemerons yet\n").unwrap();
        assert_eq!(known["weak"], "no ephemerons yet");
        assert!(parse("weak\n").is_err());
        assert!(parse("weak:\n").is_err());
        assert!(parse("a: x\na: y\n").is_err());
    }
}
