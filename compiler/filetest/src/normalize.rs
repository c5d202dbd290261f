//! Removes from a program's standard error what may differ between two correct implementations of Go.
//!
//! Kept: everything a program prints itself, panic messages, the heading of the first goroutine's traceback with the
//! goroutine's state, and of its frames those of package main, with file base name and line. Replaced: goroutine numbers,
//! addresses. Dropped: argument words, frames of the runtime and of std (their lines are the implementation's own), further
//! goroutines (their number and order are the scheduler's), lines and repeated frames of an endless recursion.

/// The comparable form of `stderr`.
pub fn stderr(text: &str) -> String {
    let mut out = Vec::new();
    // The frames of an endless recursion differ by where in the function the check of the stack stands.
    let is_overflow = text.contains("fatal error: stack overflow");
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "runtime stack:" {
            while lines.next_if(|line| !line.is_empty()).is_some() {}
            lines.next_if(|line| line.is_empty());
        } else if let Some(state) = goroutine_heading(line) {
            out.push(format!("goroutine N [{state}]:"));
            let mut last = None;
            while let Some(frame) = lines.next_if(|line| !line.is_empty()) {
                let position = lines.next_if(|line| line.starts_with('\t')).unwrap_or_default();
                if let Some(function) = main_function(frame) {
                    let frame = match is_overflow {
                        true => function,
                        false => format!("{function}\n\t{}", base_position(position)),
                    };
                    if last.as_ref() != Some(&frame) {
                        out.push(frame.clone());
                        last = Some(frame);
                    }
                }
            }
            break;
        } else {
            out.push(addresses(line));
        }
    }
    let mut joined = out.join("\n");
    if !joined.is_empty() && (text.ends_with('\n') || joined.len() < text.len()) {
        joined.push('\n');
    }
    joined
}

/// `goroutine 18 [chan receive, 2 minutes]:` gives `chan receive`.
fn goroutine_heading(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("goroutine ")?;
    let (number, state) = rest.split_once(' ')?;
    number.parse::<u64>().ok()?;
    // With GOTRACEBACK=system the heading carries gp= and m= before the bracket.
    let state = &state[state.find('[')? + 1..];
    let state = state.strip_suffix("]:")?;
    Some(state.split(',').next().unwrap_or(state))
}

/// The frame's function without arguments, when it belongs to package main.
fn main_function(frame: &str) -> Option<String> {
    let (created, rest) = match frame.strip_prefix("created by ") {
        Some(rest) => ("created by ", rest),
        None => ("", frame),
    };
    if !rest.starts_with("main.") {
        return None;
    }
    let name = match rest.find(" in goroutine ") {
        Some(end) => &rest[..end],
        None => rest.rfind('(').map_or(rest, |open| &rest[..open]),
    };
    Some(format!("{created}{name}"))
}

/// `\t/some/where/x.go:12 +0x18` gives `x.go:12`.
fn base_position(position: &str) -> &str {
    let position = position.trim_start();
    let position = position.split(" +0x").next().unwrap_or(position);
    position.rsplit('/').next().unwrap_or(position)
}

/// Replaces every hexadecimal number of a line by `0xN`.
fn addresses(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("0x") {
        let digits = rest[at + 2..].find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len() - at - 2);
        out.push_str(&rest[..at]);
        out.push_str(if digits == 0 { "0x" } else { "0xN" });
        rest = &rest[at + 2 + digits..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::stderr;

    #[test]
    fn plain_text_stays() {
        assert_eq!(stderr("hello\nworld\n"), "hello\nworld\n");
        assert_eq!(stderr(""), "");
        assert_eq!(stderr("no newline"), "no newline");
    }

    #[test]
    fn traceback_keeps_frames_of_main() {
        let text = "panic: boom\n\ngoroutine 7 [running]:\nmain.f(0x1, {0x2, 0x3})\n\t/a/b/x.go:4 +0x1d\n\
                    strings.Map(...)\n\t/go/src/strings/strings.go:9\nmain.main()\n\t/a/b/x.go:9 +0x20\n\n\
                    goroutine 9 [select]:\nmain.g()\n\t/a/b/x.go:30 +0x1\n";
        assert_eq!(
            stderr(text),
            "panic: boom\n\ngoroutine N [running]:\nmain.f\n\tx.go:4\nmain.main\n\tx.go:9\n"
        );
    }

    #[test]
    fn stack_overflow() {
        let text = "runtime: goroutine stack exceeds 1000000000-byte limit\n\
                    fatal error: stack overflow\n\nruntime stack:\nruntime.throw(...)\n\t/x.go:1\n\n\
                    goroutine 1 gp=0xc0 m=0 mp=0x5 [running]:\nmain.f(0x1)\n\t/a/x.go:4 +0x1\n\
                    main.f(0x2)\n\t/a/x.go:4 +0x1\n...900 frames elided...\nmain.main()\n\t/a/x.go:9 +0x20\n";
        assert_eq!(
            stderr(text),
            "runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow\n\n\
             goroutine N [running]:\nmain.f\nmain.main\n"
        );
    }

    #[test]
    fn addresses_are_replaced() {
        assert_eq!(stderr("[addr=0x0 pc=0x4a5f]\n"), "[addr=0xN pc=0xN]\n");
        assert_eq!(stderr("panic: (main.T) (0x45e0a0,0xc42)\n"), "panic: (main.T) (0xN,0xN)\n");
    }
}
