//! Comments with meaning: `//go:...` and `//line`.

use std::ops::Range;

use rgo_source::Directive as LineDirective;

use super::{Checker, Error};
use crate::scan::DirectiveComment;

/// A `//go:` directive that waits for its declaration; the range is its text after `//`.
pub(super) struct Pragma {
    range: Range<usize>,
    class: Class,
}

/// Where a directive may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// gc does not know it, or does not mind where it stands.
    Free,
    Func,
    Embed,
    Build,
}

/// What a directive can precede.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Package,
    Func,
    Var,
    Type,
    Other,
}

fn class(verb: &str) -> Class {
    match verb {
        "go:build" => Class::Build,
        "go:embed" => Class::Embed,
        "go:noescape"
        | "go:norace"
        | "go:nosplit"
        | "go:noinline"
        | "go:nocheckptr"
        | "go:systemstack"
        | "go:nowritebarrier"
        | "go:nowritebarrierrec"
        | "go:yeswritebarrierrec"
        | "go:cgo_unsafe_args"
        | "go:uintptrkeepalive"
        | "go:uintptrescapes"
        | "go:registerparams" => Class::Func,
        _ => Class::Free,
    }
}

impl Checker<'_> {
    fn text_of(&self, range: Range<usize>) -> String {
        String::from_utf8_lossy(&self.text[range]).into_owned()
    }

    /// Takes note of a comment that looks like a directive.
    pub(super) fn directive(&mut self, comment: DirectiveComment) {
        let Range { start, end } = comment.range;
        let block = self.text[start + 1] == b'*';
        let text_end = match block {
            true => end - 2,
            false => end - usize::from(self.text[end - 1] == b'\r'),
        };
        let text = self.text_of(start + 2..text_end);
        if let Some(place) = text.strip_prefix("line ") {
            if (block || comment.first_column) && !place.contains('\n') {
                self.line_directive(start + 2, place, if block { end } else { end + 1 });
            }
            return;
        }
        let trimmed = text.trim_end();
        let range = start + 2..start + 2 + trimmed.len();
        let verb = trimmed.split(' ').next().unwrap_or_default();
        self.out.directives.push(range.clone());
        if self.top && verb == "go:build" {
            self.out.go_version = go_version(trimmed["go:build".len()..].trim());
        }
        if !comment.blank {
            return self.error_at(start + 2, "misplaced compiler directive");
        }
        match verb {
            "go:linkname" | "go:linknamestd" if text.contains(' ') => {
                if (2..=3).contains(&trimmed.split_whitespace().count()) {
                    self.linknames.push((start + 2, verb.to_owned()));
                } else {
                    self.error_at(start + 2, format!("usage: //{verb} localname [linkname]"));
                }
            }
            "go:embed" if trimmed == "go:embed" => {
                self.error_at(start + 2, "usage: //go:embed pattern...");
            }
            _ => {}
        }
        self.pragmas.push(Pragma { range, class: class(verb) });
    }

    /// Gives the pending directives to the declaration at `at`, and complains about those that do not belong there.
    pub(super) fn take_pragmas(&mut self, place: Place, at: usize) {
        let pragmas = std::mem::take(&mut self.pragmas);
        if pragmas.is_empty() {
            return;
        }
        for pragma in &pragmas {
            let allowed = match pragma.class {
                Class::Free => true,
                Class::Func => place == Place::Func,
                Class::Embed => place == Place::Var,
                Class::Build => place == Place::Package,
            };
            // gc says so only when the whole package is correct otherwise.
            if !allowed {
                self.out.late.push(misplaced(pragma));
            }
        }
        if matches!(place, Place::Func | Place::Var | Place::Type) {
            self.out.pragmas.insert(at, pragmas.into_iter().map(|pragma| pragma.range).collect());
        }
    }

    /// Checks the `//go:embed` directives that the variable declaration at `at` has taken.
    pub(super) fn check_embeds(&mut self, at: usize, target: &EmbedTarget) {
        let Some(ranges) = self.out.pragmas.get(&at) else { return };
        let message = if !self.imports_embed {
            "go:embed requires import \"embed\" (or import _ \"embed\", if package is not used)"
        } else if target.names > 1 {
            "go:embed cannot apply to multiple vars"
        } else if target.initialized {
            "go:embed cannot apply to var with initializer"
        } else if !target.typed {
            "go:embed cannot apply to var without type"
        } else if self.in_func > 0 {
            "go:embed cannot apply to var inside func"
        } else {
            return;
        };
        let embeds = ranges.iter().filter(|range| self.text[(*range).clone()].starts_with(b"go:embed"));
        self.out.late.extend(embeds.map(|range| Error { at: range.start, message: message.to_owned() }));
    }

    /// Complains about pending directives that no declaration took.
    pub(super) fn clear_pragmas(&mut self) {
        for pragma in std::mem::take(&mut self.pragmas) {
            if pragma.class != Class::Free {
                self.out.errors.push(misplaced(&pragma));
            }
        }
    }

    /// `//go:linkname` needs an import of unsafe.
    pub(super) fn late_errors(&mut self) {
        if self.imports_unsafe {
            return;
        }
        for (at, verb) in std::mem::take(&mut self.linknames) {
            let message = format!("//{verb} only allowed in Go files that import \"unsafe\"");
            self.out.late.push(Error { at, message });
        }
    }

    /// `text` is `file:line` or `file:line:col`, found at offset `at`; it holds from offset `from` on.
    fn line_directive(&mut self, at: usize, text: &str, from: usize) {
        let at = at + "line ".len();
        let Some((rest, last)) = text.rsplit_once(':') else { return };
        let valid = |number: &str| number.parse::<u32>().ok().filter(|&n| n > 0 && n < 1 << 30);
        if last.is_empty() || !last.bytes().all(|byte| byte.is_ascii_digit()) {
            self.error_at(at + rest.len() + 1, format!("invalid line number: {last}"));
            return;
        }
        let (file, line, col) = match rest.rsplit_once(':') {
            Some((file, line)) if !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()) => {
                let Some(col) = valid(last) else {
                    self.error_at(at + rest.len() + 1, format!("invalid column number: {last}"));
                    return;
                };
                (file, (file.len() + 1, line), Some(col))
            }
            _ => (rest, (rest.len() + 1, last), None),
        };
        let Some(number) = valid(line.1) else {
            let shown = &text[line.0..];
            self.error_at(at + line.0, format!("invalid line number: {shown}"));
            return;
        };
        let file = match file {
            "" if col.is_some() => {
                self.out.lines.last().map_or_else(|| self.path.to_owned(), |line| line.file.clone())
            }
            "" => String::new(),
            file => resolve(self.path, file),
        };
        let offset = from as u32;
        self.out.lines.push(LineDirective { offset, file, line: number, col: col.unwrap_or(0) });
    }
}

/// A variable declaration, as far as `//go:embed` minds.
pub(super) struct EmbedTarget {
    pub(super) names: usize,
    pub(super) typed: bool,
    pub(super) initialized: bool,
}

fn misplaced(pragma: &Pragma) -> Error {
    let what = if pragma.class == Class::Embed { "go:embed" } else { "compiler" };
    Error { at: pragma.range.start, message: format!("misplaced {what} directive") }
}

/// `file`, cleaned, relative to the directory of `path`.
fn resolve(path: &str, file: &str) -> String {
    let joined = match path.rsplit_once('/') {
        Some((dir, _)) if !file.starts_with('/') => format!("{dir}/{file}"),
        _ => file.to_owned(),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => {
                parts.pop();
            }
            ".." if joined.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    let clean = parts.join("/");
    match (joined.starts_with('/'), clean.is_empty()) {
        (true, _) => format!("/{clean}"),
        (false, true) => ".".to_owned(),
        (false, false) => clean,
    }
}

/// The least language version under which a build constraint can hold, as `go1.N`.
fn go_version(constraint: &str) -> Option<String> {
    let mut rest = constraint;
    let version = or_version(&mut rest, true)?;
    match version {
        _ if !rest.trim_start().is_empty() => None,
        ..0 => None,
        0 => Some("go1".to_owned()),
        minor => Some(format!("go1.{minor}")),
    }
}

/// Reads `a || b`; outside negations the lesser version is enough.
fn or_version(rest: &mut &str, positive: bool) -> Option<i32> {
    let mut version = and_version(rest, positive)?;
    while let Some(after) = rest.trim_start().strip_prefix("||") {
        *rest = after;
        let right = and_version(rest, positive)?;
        version = if positive { version.min(right) } else { version.max(right) };
    }
    Some(version)
}

fn and_version(rest: &mut &str, positive: bool) -> Option<i32> {
    let mut version = not_version(rest, positive)?;
    while let Some(after) = rest.trim_start().strip_prefix("&&") {
        *rest = after;
        let right = not_version(rest, positive)?;
        version = if positive { version.max(right) } else { version.min(right) };
    }
    Some(version)
}

fn not_version(rest: &mut &str, mut positive: bool) -> Option<i32> {
    *rest = rest.trim_start();
    while let Some(after) = rest.strip_prefix('!') {
        *rest = after.trim_start();
        positive = !positive;
    }
    if let Some(after) = rest.strip_prefix('(') {
        // Nesting is bounded by the length of a line that people write; refuse more.
        if constraint_depth(after) > 200 {
            return None;
        }
        *rest = after;
        let version = or_version(rest, positive)?;
        *rest = rest.trim_start().strip_prefix(')')?;
        return Some(version);
    }
    let len = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
    let (tag, after) = rest.split_at(len);
    if tag.is_empty() {
        return None;
    }
    *rest = after;
    Some(match tag.strip_prefix("go1.").map(str::parse::<u16>) {
        _ if !positive => -1,
        _ if tag == "go1" => 0,
        Some(Ok(minor)) => i32::from(minor),
        _ => -1,
    })
}

fn constraint_depth(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'(').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_constraints() {
        let of = |text: &str| go_version(text).unwrap_or_default();
        assert_eq!(of("go1.21"), "go1.21");
        assert_eq!(of("linux && go1.18 && go1.20"), "go1.20");
        assert_eq!(of("go1.18 || go1.20"), "go1.18");
        assert_eq!(of("linux || go1.20"), "");
        assert_eq!(of("!go1.20"), "");
        assert_eq!(of("!(linux || !go1.20)"), "go1.20");
    }

    #[test]
    fn paths_of_line_directives() {
        assert_eq!(resolve("/a/b/c.go", "../x.y"), "/a/x.y");
        assert_eq!(resolve("c.go", "./x.y"), "x.y");
        assert_eq!(resolve("d/c.go", "/x//y"), "/x/y");
    }
}
