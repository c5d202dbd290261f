//! The list of known failures, and what a run says about it.
//!
//! A file of lines `case: reason` in the form of [`crate::known`]. A case that is not listed must pass, a listed one must
//! fail: the list is what is missing, exactly.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Verdict;
use crate::known;

/// Reasons that begin with this belong to cases whose verdict depends on the machine's load: either will do.
const FLAKY: &str = "flaky:";

/// A reason that waits for the next `--update`.
const UNKNOWN: &str = "?";

#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    /// Comment lines at the top, kept when the file is rewritten.
    header: String,
    pub reasons: BTreeMap<String, String>,
}

impl Ledger {
    /// Reads the list; no file means that nothing is listed.
    pub fn read(path: &Path) -> Result<Ledger, String> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(format!("{}: {e}", path.display())),
        };
        let header = text.lines().take_while(|line| line.starts_with('#') || line.is_empty());
        let header = header.flat_map(|line| [line, "\n"]).collect();
        let reasons = known::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Ledger { path: path.to_owned(), header, reasons })
    }

    /// What the verdict on `name` violates, if it does.
    pub fn violation(&self, name: &str, verdict: &Verdict) -> Option<String> {
        match (verdict, self.reasons.get(name)) {
            (Verdict::Passed | Verdict::Failed(_), Some(reason)) if reason.starts_with(FLAKY) => None,
            (Verdict::Failed(why), None) => Some(why.clone()),
            (Verdict::Passed, Some(reason)) => {
                Some(format!("passes now: remove it from {} (it said: {reason})", self.path.display()))
            }
            (Verdict::DoesNotApply(rule), Some(_)) => {
                Some(format!("does not apply ({rule}): remove it from {}", self.path.display()))
            }
            _ => None,
        }
    }

    /// Takes over what a run found: removes what passes, adds what fails with what it said first.
    pub fn update(&mut self, name: &str, verdict: &Verdict) {
        match verdict {
            Verdict::Failed(why) => {
                let reason = self.reasons.entry(name.to_owned()).or_insert_with(|| UNKNOWN.to_owned());
                if reason == UNKNOWN {
                    *reason = summary(why);
                }
            }
            Verdict::Passed if self.reasons.get(name).is_some_and(|reason| reason.starts_with(FLAKY)) => {}
            Verdict::Passed | Verdict::DoesNotApply(_) => {
                self.reasons.remove(name);
            }
        }
    }

    /// Writes the list back.
    pub fn write(&self) -> Result<(), String> {
        let mut text = self.header.clone();
        for (name, reason) in &self.reasons {
            text.push_str(&format!("{name}: {reason}\n"));
        }
        std::fs::write(&self.path, text).map_err(|e| format!("{}: {e}", self.path.display()))
    }
}

/// The telling part of a failure, on one line: without folders, which differ from run to run.
pub fn summary(why: &str) -> String {
    let mut lines = why.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let first = lines.next().unwrap_or("fails");
    let telling = lines.find(|line| !line.starts_with("note:") && !line.starts_with("thread '"));
    let joined = match telling {
        Some(line) if first.len() < 60 => format!("{first}; {}", line.trim()),
        _ => first.trim().to_owned(),
    };
    let words: Vec<String> = joined
        .split_whitespace()
        .map(|word| match word.rfind('/') {
            Some(slash) if word.starts_with(['/', '.']) => word[slash + 1..].to_owned(),
            _ => word.to_owned(),
        })
        .collect();
    words.join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::{Ledger, Verdict, summary};

    #[test]
    fn verdicts_against_the_list() {
        let mut ledger = Ledger::read(std::path::Path::new("no such file")).unwrap();
        let failed = Verdict::Failed("build: exit 1\n# p\n/tmp/x/a.go:1:2: no\n".to_owned());
        assert!(ledger.violation("a.go", &failed).is_some());
        ledger.update("a.go", &failed);
        assert_eq!(ledger.reasons["a.go"], "build: exit 1; a.go:1:2: no");
        assert_eq!(ledger.violation("a.go", &failed), None);
        assert!(ledger.violation("a.go", &Verdict::Passed).is_some());
        ledger.update("a.go", &Verdict::Passed);
        assert_eq!(ledger.violation("a.go", &Verdict::Passed), None);
        ledger.reasons.insert("b.go".to_owned(), "flaky: measures time".to_owned());
        ledger.update("b.go", &Verdict::Passed);
        assert!([Verdict::Passed, failed].iter().all(|verdict| ledger.violation("b.go", verdict).is_none()));
        assert_eq!(summary(""), "fails");
    }
}
