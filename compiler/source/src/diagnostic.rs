//! Errors about the user's program, as values.

use crate::{Pos, SourceMap};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    Error,
    Warning,
}

/// One message about one place, worded as gc words it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    pub pos: Pos,
    /// Stable name of the kind of error, after Go's `internal/types/errors` (`"UndeclaredName"`), or a syntax error's.
    pub code: &'static str,
    /// Text without position; further lines begin with a tab, as gc prints them.
    pub message: String,
}

impl Diagnostic {
    /// An error at `pos`.
    pub fn error(pos: Pos, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Error, pos, code, message: message.into() }
    }
}

/// Drops repeats on a line and sorts by position, as gc does; errors of one place stay in the order of their report.
///
/// With a limit, gc stops at the error that reaches it, in the order of report, which is not that of position: the second
/// result is the position of that error.
pub fn sort_and_limit(
    all: Vec<Diagnostic>,
    sources: &SourceMap,
    limit: Option<usize>,
) -> (Vec<Diagnostic>, Option<Pos>) {
    let mut kept: Vec<Diagnostic> = Vec::new();
    // gc compares with the message before only.
    let mut last = None;
    let mut stopped_at = None;
    for diagnostic in all {
        let at = sources.position(diagnostic.pos);
        let key = Some((at.file, at.line, diagnostic.message.clone()));
        if key == last {
            continue;
        }
        last = key;
        let pos = diagnostic.pos;
        kept.push(diagnostic);
        if limit.is_some_and(|limit| kept.len() >= limit) {
            stopped_at = Some(pos);
            break;
        }
    }
    kept.sort_by_key(|diagnostic| diagnostic.pos);
    kept.dedup_by(|b, a| a.pos == b.pos && a.message == b.message);
    (kept, stopped_at)
}
