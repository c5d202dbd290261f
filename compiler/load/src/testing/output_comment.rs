//! The expected output of an example: the last comment of its body, when that begins with `Output:` or `Unordered output:`.
//!
//! Which comments belong together, and what their text is, follows go/ast: line comments on adjacent lines form a group, except
//! that one behind code stands alone; directives do not count, trailing blanks go, runs of empty lines become one.

/// What an example must print.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Output {
    pub text: String,
    /// Lines in any order.
    pub unordered: bool,
}

/// Reads the body of an example, braces included. `None`: it is compiled but not run.
pub(super) fn output_comment(body: &[u8]) -> Option<Output> {
    let text = last_group(body)?;
    let start = text.trim_start();
    let lower = start.to_ascii_lowercase();
    let (rest, unordered) = match lower.strip_prefix("unordered") {
        Some(rest) if rest.trim_start_matches(' ').starts_with("output:") && rest.starts_with(' ') => {
            (rest.trim_start_matches(' '), true)
        }
        _ => (lower.as_str(), false),
    };
    let after = rest.strip_prefix("output:")?.len();
    let text = start[start.len() - after..].trim_start_matches(' ');
    let text = text.strip_prefix('\n').unwrap_or(text);
    Some(Output { text: text.to_owned(), unordered })
}

/// Text of the last comment group.
fn last_group(body: &[u8]) -> Option<String> {
    let mut group: Vec<String> = Vec::new();
    // Line of the last code, and of the end of the last comment; whether the group stands behind code.
    let (mut line, mut code_line, mut comment_end, mut behind_code) = (0, 0, usize::MAX, false);
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        let rest = &body[at..];
        let comment = match rest {
            [b'/', b'/', ..] => rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => {
                let end = rest[2..].windows(2).position(|pair| pair == b"*/");
                end.map_or(rest.len(), |end| end + 4)
            }
            _ => 0,
        };
        if comment > 0 {
            let is_behind = code_line == line;
            // A group behind code takes only what begins on its own line.
            let gap = if behind_code { 0 } else { 1 };
            let joins = !group.is_empty()
                && code_line <= comment_end
                && line <= comment_end + gap
                && (!is_behind || behind_code);
            if !joins {
                group.clear();
                behind_code = is_behind;
            }
            let text = String::from_utf8_lossy(&rest[..comment]).into_owned();
            line += text.matches('\n').count();
            comment_end = line;
            group.push(text);
            at += comment;
            continue;
        }
        let len = match byte {
            b'\n' => {
                line += 1;
                1
            }
            b' ' | b'\t' | b'\r' => 1,
            b'"' | b'\'' | b'`' => literal(rest),
            _ => 1,
        };
        if !byte.is_ascii_whitespace() && at + len < body.len() {
            line += rest[..len].iter().filter(|&&b| b == b'\n').count();
            code_line = line;
        }
        at += len;
    }
    if group.is_empty() { None } else { Some(group_text(&group)) }
}

/// Length of a string or rune literal.
fn literal(text: &[u8]) -> usize {
    let quote = text[0];
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'\\' if quote != b'`' => at += 1,
            b'\n' if quote != b'`' => return at - 1,
            _ if byte == quote => break,
            _ => {}
        }
    }
    at.min(text.len())
}

/// `ast.CommentGroup.Text`.
fn group_text(comments: &[String]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for comment in comments {
        let text = match comment.strip_prefix("//") {
            Some(text) if is_directive(text) => continue,
            Some(text) => text.strip_prefix(' ').unwrap_or(text),
            None => comment.trim_start_matches("/*").trim_end_matches("*/"),
        };
        lines.extend(text.split('\n').map(|line| line.trim_end().to_owned()));
    }
    let mut out = String::new();
    let mut blank = true;
    for line in lines {
        if line.is_empty() && blank {
            continue;
        }
        blank = line.is_empty();
        out.push_str(&line);
        out.push('\n');
    }
    if blank {
        out.pop();
    }
    out
}

/// `//go:generate`, `//nolint:x`: no text.
fn is_directive(text: &str) -> bool {
    let Some((name, rest)) = text.split_once(':') else { return false };
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    !name.is_empty() && name.bytes().all(is_word) && rest.bytes().next().is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Option<String> {
        output_comment(body.as_bytes()).map(|output| output.text)
    }

    #[test]
    fn last_comment_counts() {
        assert_eq!(text("{\n\tf() // no\n\t// Output: a\n\t// b\n}"), Some("a\nb\n".to_owned()));
        assert_eq!(
            text("{\n\tf()\n\n\t// Output:\n\t// a\n\t//\n\t//   b  \n}"),
            Some("a\n\n  b\n".to_owned())
        );
        assert_eq!(text("{\n\t// Output: a\n\tf() // later\n}"), None);
        assert_eq!(text("{\n\tf(\"// Output: a\")\n}"), None);
        assert_eq!(text("{\n\t// Output:\n}"), Some(String::new()));
        assert_eq!(text("{\n\tf()\n\t/* Output:\na\n*/\n}"), Some("a\n".to_owned()));
        let unordered = output_comment(b"{\n\t// Unordered output: x\n}").unwrap();
        assert!(unordered.unordered && unordered.text == "x\n");
    }
}
