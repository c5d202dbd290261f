//! Regular expressions of `ERROR` comments: Go's syntax in terms of the `regex` crate's.
//!
//! Both descend from RE2. What differs: Go takes a brace that begins no repetition, and a bracket within a class, as
//! themselves, and lets any punctuation be escaped.

use regex::Regex;

/// Compiles a pattern written for Go's `regexp`.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(&translate(pattern)).map_err(|e| format!("pattern {pattern:?}: {e}"))
}

fn translate(pattern: &str) -> String {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::new();
    let (mut at, mut in_class) = (0, false);
    while let Some(&c) = chars.get(at) {
        at += 1;
        match c {
            '\\' => {
                let next = chars.get(at).copied();
                at += 1;
                match next {
                    // These are assertions in the crate's syntax.
                    Some(c @ ('<' | '>')) => out.push(c),
                    Some(c) => out.extend(['\\', c]),
                    None => out.push_str(r"\\"),
                }
            }
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if chars.get(at) == Some(&'^') {
                    out.push('^');
                    at += 1;
                }
                if chars.get(at) == Some(&']') {
                    out.push_str(r"\]");
                    at += 1;
                }
            }
            '[' if chars.get(at) != Some(&':') => out.push_str(r"\["),
            '[' => {
                // A named class ends at its `:]`.
                let end =
                    (at..chars.len()).find(|&i| chars[i] == ':' && chars.get(i + 1) == Some(&']') && i > at);
                let end = end.map_or(at, |i| i + 2);
                out.push('[');
                out.extend(&chars[at..end]);
                at = end;
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', c]),
            '{' if !in_class && !is_repetition(&chars[at..]) => out.push_str(r"\{"),
            '{' if !in_class => {
                let end = chars[at..].iter().position(|&c| c == '}').map_or(at, |i| at + i + 1);
                out.push('{');
                out.extend(&chars[at..end]);
                at = end;
            }
            '}' if !in_class => out.push_str(r"\}"),
            c => out.push(c),
        }
    }
    out
}

/// Whether what follows a brace is `n}`, `n,}` or `n,m}`.
fn is_repetition(rest: &[char]) -> bool {
    let Some(end) = rest.iter().position(|&c| c == '}') else { return false };
    let text: String = rest[..end].iter().collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.split_once(',') {
        None => is_number(&text),
        Some((low, high)) => is_number(low) && (high.is_empty() || is_number(high)),
    }
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn go_syntax() {
        for (pattern, text) in [
            ("struct{}", "struct{}"),
            ("a{2}", "aa"),
            (r"\<nil\>", "<nil>"),
            ("[[]x", "[x"),
            ("[]a]+$", "]a"),
            ("[[:digit:]]+ {", "12 {"),
            (r"map\[string\]int|x", "map[string]int"),
        ] {
            assert!(compile(pattern).unwrap().is_match(text), "{pattern} {text}");
        }
    }
}
