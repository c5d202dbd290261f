//! What programs, profiles above all, call the functions of rt.
//!
//! In: a symbol of rt's archive. Out: a name in package runtime. Entries and routines in assembly have Go's names already. A Rust
//! function that gc's runtime has too gets gc's name (`rgo_abi::rt_names`). Any other is named after its path, spelled as Go spells
//! names: `sched::schedule::run_next` is `runtime.schedule.runNext`, `gc::work::Work::share` `runtime.(*Work).share`.

use std::borrow::Cow;

use rgo_abi::rt_names;

/// Is it the symbol of a Rust function, not of one in assembly?
pub fn is_mangled(symbol: &str) -> bool {
    symbol.starts_with("_ZN") || symbol.starts_with("_R")
}

/// The name shown for `symbol`.
pub fn shown(symbol: &str) -> Cow<'_, str> {
    let path = match (symbol.strip_prefix("_ZN"), symbol.strip_prefix("_R")) {
        (Some(rest), _) => legacy_path(rest),
        (_, Some(rest)) => v0_path(rest),
        _ => return in_assembly(symbol),
    };
    let (crate_name, path) = path.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
    let full = path.join("::");
    match rt_names::of(&full) {
        Some(name) if crate_name == "rgo_rt" => Cow::Borrowed(name),
        _ => Cow::Owned(go_name(path)),
    }
}

fn in_assembly(symbol: &str) -> Cow<'_, str> {
    match (rt_names::of(symbol), symbol.strip_prefix("rt.")) {
        (Some(name), _) => Cow::Borrowed(name),
        (None, Some(rest)) => Cow::Owned(format!("runtime.{}", mixed_caps(rest))),
        (None, None) if symbol.contains('.') => Cow::Borrowed(symbol),
        (None, None) => Cow::Owned(format!("runtime.{symbol}")),
    }
}

/// The last parts of a path: receiver or module, function, closures.
fn go_name(path: &[String]) -> String {
    let closures = path.iter().rev().take_while(|part| part.starts_with('{')).count();
    let path = &path[..path.len() - closures];
    let mut name = String::from("runtime.");
    if let [.., owner, function] = path {
        if owner.starts_with(char::is_uppercase) {
            name += &format!("(*{owner}).");
        } else if owner != function {
            name += &format!("{}.", mixed_caps(owner));
        }
    }
    name += &path.last().map_or(Cow::Borrowed("rust"), |function| mixed_caps(function));
    for _ in 0..closures {
        name += ".func1";
    }
    name
}

fn mixed_caps(name: &str) -> Cow<'_, str> {
    if !name.contains('_') {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = !out.is_empty();
        } else {
            out.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    Cow::Owned(out)
}

/// The parts of a name in Rust's first mangling: lengths and identifiers, the last of which is a hash. `rest` follows `_ZN`.
fn legacy_path(mut rest: &str) -> Vec<String> {
    let mut parts = Vec::new();
    while let Some((part, after)) = identifier(rest) {
        parts.push(part);
        rest = after;
    }
    if parts.last().is_some_and(|part| part.len() == 17 && part.starts_with('h')) {
        parts.pop();
    }
    let text: Vec<String> = parts.into_iter().map(unescape).collect();
    split_path(&text.join("::"))
}

/// A decimal length and as many bytes.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let len: usize = text[..digits].parse().ok()?;
    let rest = &text[digits..];
    Some((rest.get(..len)?, rest.get(len..)?))
}

fn unescape(part: &str) -> String {
    let part = part.strip_prefix('_').filter(|rest| rest.starts_with('$')).unwrap_or(part);
    let mut out = String::new();
    let mut rest = part;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("..") {
            out += "::";
            rest = after;
        } else if let Some((code, after)) = rest.strip_prefix('$').and_then(|text| text.split_once('$')) {
            let char_of = |hex| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
            match code {
                "LT" => out.push('<'),
                "GT" => out.push('>'),
                "RF" => out.push('&'),
                "BP" => out.push('*'),
                "LP" => out.push('('),
                "RP" => out.push(')'),
                "C" => out.push(','),
                _ => out.extend(code.strip_prefix('u').and_then(char_of)),
            }
            rest = after;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The parts of a path, without type arguments. `<T as Trait>` and `<impl T>` stand for `T`.
fn split_path(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut depth) = (Vec::new(), String::new(), 0);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '<' => {
                if depth == 0 && part.is_empty() {
                    // Up to the matching bracket.
                    let (mut inner, mut open) = (String::new(), 1);
                    for c in chars.by_ref() {
                        open += i32::from(c == '<') - i32::from(c == '>');
                        if open == 0 {
                            break;
                        }
                        inner.push(c);
                    }
                    let is_impl = inner.starts_with("impl ");
                    let subject = inner.trim_start_matches("impl ").trim_start_matches(['&', '*']);
                    let subject = subject.split(" as ").next().unwrap_or_default();
                    let subject =
                        if is_impl { subject.rsplit(" for ").next().unwrap_or_default() } else { subject };
                    let mut of_type = split_path(subject);
                    // Behind the module of the implementation only the type counts.
                    if !parts.is_empty() && of_type.len() > 1 {
                        of_type.drain(..of_type.len() - 1);
                    }
                    parts.append(&mut of_type);
                } else {
                    depth += 1;
                }
            }
            '>' => depth -= 1,
            ':' if depth == 0 => {
                chars.next_if_eq(&':');
                if !part.is_empty() {
                    parts.push(std::mem::take(&mut part));
                }
            }
            c if depth == 0 => part.push(c),
            _ => {}
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// The identifiers in a name of Rust's second mangling: core's, which is delivered compiled. `rest` follows `_R`.
fn v0_path(mut rest: &str) -> Vec<String> {
    let mut parts = Vec::new();
    while let Some(c) = rest.chars().next() {
        let number = rest.strip_prefix(['s', 'B']).and_then(|text| text.split_once('_'));
        if let Some((_, after)) = number.filter(|(text, _)| text.bytes().all(|b| b.is_ascii_alphanumeric())) {
            // Disambiguators and references backwards, in base 62.
            rest = after;
        } else if let Some((part, after)) = identifier(rest) {
            parts.push(part.trim_start_matches('_').to_owned());
            rest = after;
        } else {
            rest = &rest[c.len_utf8()..];
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn names() {
        for (symbol, name) in [
            ("runtime.chansend1", "runtime.chansend1"),
            ("sync.runtime_Semacquire", "sync.runtime_Semacquire"),
            ("rt.morestack", "runtime.morestack"),
            ("rt.run_on_g0", "runtime.mcall"),
            ("memmove", "runtime.memmove"),
            ("_ZN6rgo_rt5sched8schedule13find_runnable17h0123456789abcdefE", "runtime.findRunnable"),
            ("_ZN6rgo_rt5sched8schedule8schedule17h0123456789abcdefE", "runtime.schedule"),
            ("_ZN6rgo_rt5sched8schedule8run_next17h0123456789abcdefE.llvm.123", "runtime.schedule.runNext"),
            ("_ZN6rgo_rt2gc4mark15Marker$LT$_$GT$5drain17h0123456789abcdefE", "runtime.gcDrain"),
            ("_ZN6rgo_rt2gc4work4Work5share17h0123456789abcdefE", "runtime.(*Work).share"),
            (
                "_ZN60_$LT$rgo_rt..print..Indented$u20$as$u20$core..fmt..Write$GT$9write_str17h0123456789abcdefE",
                "runtime.(*Indented).writeStr",
            ),
            (
                "_ZN6rgo_rt3mem4runs45_$LT$impl$u20$rgo_rt..mem..mcache..MCache$GT$9drop_runs17h0123456789abcdefE",
                "runtime.(*MCache).dropRuns",
            ),
            (
                "_ZN6rgo_rt2os5linux6cgroup9cpu_limit28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
                "runtime.cgroup.cpuLimit.func1",
            ),
            (
                "_ZN4core3ptr40drop_in_place$LT$rgo_rt..print..Line$GT$17h0123456789abcdefE",
                "runtime.ptr.dropInPlace",
            ),
            (
                "_RNvMsa_NtCsgEmfK2I1SDS_4core3fmtNtB5_9Formatter19pad_formatted_parts",
                "runtime.(*Formatter).padFormattedParts",
            ),
            ("_ZN", "runtime.rust"),
        ] {
            assert_eq!(shown(symbol), name, "{symbol}");
        }
    }
}
