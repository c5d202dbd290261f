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

/// Sorts by file order, line, column and text, drops repeats of a line, as gc does, and cuts after `limit`
/// (`None`: no limit); the second result says whether something was cut.
pub fn sort_and_limit(
    mut all: Vec<Diagnostic>,
    sources: &SourceMap,
    limit: Option<usize>,
) -> (Vec<Diagnostic>, bool) {
    all.sort_by(|a, b| a.pos.cmp(&b.pos).then_with(|| a.message.cmp(&b.message)));
    all.dedup_by(|b, a| {
        let (pa, pb) = (sources.position(a.pos), sources.position(b.pos));
        pa.file == pb.file && pa.line == pb.line && a.message == b.message
    });
    match limit {
        Some(limit) if all.len() > limit => {
            all.truncate(limit);
            (all, true)
        }
        _ => (all, false),
    }
}
