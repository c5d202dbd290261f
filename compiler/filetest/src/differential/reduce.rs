//! Makes a program that has a property smaller while it keeps the property.
//!
//! Generated programs are indented by the rules of gofmt and have one statement to a line, so a statement is a line and what is indented
//! below it. Reduction leaves out statements, largest first, replaces compound statements by their bodies, and operators and calls by one of
//! their operands, until nothing more can go. Most of what it tries does not compile; then the property is gone.

/// The smallest text found for which `holds` is true, as it is for `text`, with at most `budget` tries.
pub fn reduce(text: &str, budget: usize, holds: &mut dyn FnMut(&str) -> bool) -> String {
    let mut best = text.to_owned();
    let mut left = budget;
    let mut try_one = |best: &mut String, candidate: String, left: &mut usize| {
        if *left == 0 || candidate.len() >= best.len() {
            return false;
        }
        *left -= 1;
        let kept = holds(&candidate);
        if kept {
            *best = candidate;
        }
        kept
    };
    loop {
        let before = best.len();
        // Runs of statements of one level, large ones first; what the functions do, before the functions.
        for depth in [1, 0, 2, 3, 4, 5, 6, 7, 8] {
            let mut size = statements(&best, depth).len();
            let pruned = without_unused_functions(&best);
            try_one(&mut best, pruned, &mut left);
            while size > 0 {
                // From the end: what uses something comes after it, and `Main` is last.
                let mut at = statements(&best, depth).len();
                while at > 0 && left > 0 {
                    let found = statements(&best, depth);
                    at = at.min(found.len());
                    if at == 0 {
                        break;
                    }
                    // Only what lies in one block is left out together.
                    let lowest = at.saturating_sub(size);
                    let mut from = at - 1;
                    while from > lowest && found[from].0 == found[from - 1].1 {
                        from -= 1;
                    }
                    let candidate = without(&best, found[from].0, found[at - 1].1);
                    try_one(&mut best, candidate, &mut left);
                    at = from;
                }
                size = if size > 2 { size / 3 } else { size - 1 };
            }
        }
        let mut line = 0;
        while line < best.lines().count() && left > 0 {
            let smaller = unwrapped(&best, line).into_iter().chain(simpler(&best, line)).collect::<Vec<_>>();
            if !smaller.into_iter().any(|candidate| try_one(&mut best, candidate, &mut left)) {
                line += 1;
            }
        }
        if best.len() == before || left == 0 {
            return best;
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches('\t').len()
}

/// The statements (first line, line after the last) at an indentation.
fn statements(text: &str, depth: usize) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        if lines[i].trim().is_empty() || indent(lines[i]) != depth || lines[i].trim_start().starts_with('}') {
            i += 1;
            continue;
        }
        let mut end = i + 1;
        while end < lines.len() {
            let line = lines[end];
            let closes = indent(line) == depth && line.trim_start().starts_with(['}', ')']);
            if line.trim().is_empty() || indent(line) > depth || closes {
                end += 1;
                if closes && !line.trim_end().ends_with('{') {
                    break;
                }
            } else {
                break;
            }
        }
        while end < lines.len() && lines[end].trim().is_empty() {
            end += 1;
        }
        found.push((i, end));
        i = end;
    }
    found
}

/// The text without the functions that only their declarations mention.
fn without_unused_functions(text: &str) -> String {
    let mut text = text.to_owned();
    loop {
        let lines: Vec<&str> = text.lines().collect();
        let unused = statements(&text, 0).into_iter().find(|&(from, _)| {
            let name = lines[from].strip_prefix("func ").and_then(|rest| rest.split(['(', '[']).next());
            name.is_some_and(|name| {
                !matches!(name.trim(), "" | "main" | "Main") && mentions(&text, name.trim()) == 1
            })
        });
        let Some((from, to)) = unused else { return text };
        text = without(&text, from, to);
    }
}

/// How often `name` occurs as a word.
fn mentions(text: &str, name: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let alone = |at: usize| !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word);
    text.match_indices(name).filter(|&(at, _)| alone(at)).count()
}

fn without(text: &str, from: usize, to: usize) -> String {
    text.lines()
        .enumerate()
        .filter(|(i, _)| *i < from || *i >= to)
        .map(|(_, line)| format!("{line}\n"))
        .collect()
}

/// The text with the block that begins in `line` replaced by its contents.
fn unwrapped(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let head = lines[line];
    if !head.trim_end().ends_with('{') || indent(head) == 0 {
        return None;
    }
    let end =
        (line + 1..lines.len()).find(|&i| indent(lines[i]) <= indent(head) && !lines[i].trim().is_empty())?;
    let kept = lines.iter().enumerate().filter(|(i, _)| *i != line && *i != end);
    Some(kept.map(|(_, line)| format!("{line}\n")).collect())
}

/// The text with a parenthesis of `line` replaced by one of its operands or arguments.
fn simpler(text: &str, line: usize) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let old = lines[line];
    let mut found = Vec::new();
    for (open, _) in old.match_indices('(') {
        let Some(close) = closing(old, open) else { continue };
        let inner = &old[open + 1..close];
        // A call or conversion, with its name.
        let start =
            old[..open].rfind(|c: char| !(c.is_alphanumeric() || "_.[]".contains(c))).map_or(0, |at| at + 1);
        for piece in pieces(inner) {
            for from in if start < open { vec![start, open] } else { vec![open] } {
                let new = format!("{}{piece}{}", &old[..from], &old[close + 1..]);
                if new.len() < old.len() {
                    found.push(new);
                }
            }
        }
    }
    found.sort_by_key(String::len);
    found.dedup();
    let rebuilt = |new: String| {
        let changed = lines.iter().enumerate().map(|(i, &l)| if i == line { new.as_str() } else { l });
        changed.map(|l| format!("{l}\n")).collect()
    };
    found.into_iter().map(rebuilt).collect()
}

/// The parenthesis that closes the one at `open`.
fn closing(line: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in line[open..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open + at);
        }
    }
    None
}

/// Operands of binary operators and arguments, at the outer level.
fn pieces(inner: &str) -> Vec<&str> {
    let mut depth = 0;
    let (mut found, mut start) = (Vec::new(), 0);
    let mut previous = ' ';
    for (at, c) in inner.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            // `x + y`, `x, y`: a space ends a piece.
            ' ' if depth == 0 => {
                let piece = inner[start..at].trim_end_matches(',');
                if previous.is_alphanumeric() || matches!(previous, ')' | ']' | '}' | '"' | ',') {
                    found.push(piece);
                }
                start = at + 1;
            }
            _ => {}
        }
        previous = c;
    }
    found.push(&inner[start..]);
    found.retain(|piece| !piece.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::reduce;

    #[test]
    fn what_matters_stays() {
        let text = "func a() {\n\tx()\n}\n\nfunc b() {\n\tif c {\n\t\ty((1 + z(2, 3)))\n\t} else {\n\t\tw()\n\t}\n}\n";
        let smaller = reduce(text, 1000, &mut |text| text.contains("func b()") && text.contains('2'));
        assert_eq!(smaller.split_whitespace().collect::<Vec<_>>()[..5], ["func", "b()", "{", "2", "}"]);
    }
}
