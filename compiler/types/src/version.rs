//! Language versions.

use rgo_source::Name;

/// The version a file is checked with: its package's, unless its build constraint names one, which then counts from
/// go1.21 on.
pub(crate) fn file_version(package: (u32, u32), file: Option<Name>) -> (u32, u32) {
    match file.and_then(|name| parse(name.as_str())) {
        Some(version) => version.max((1, 21)),
        None => package,
    }
}

/// `go1.21` as a pair.
fn parse(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = text.strip_prefix("go")?.split_once('.')?;
    let minor = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_lines_raise_to_121_at_least() {
        assert_eq!(file_version((1, 27), Some(Name::new("go1.18"))), (1, 21));
        assert_eq!(file_version((1, 18), Some(Name::new("go1.22"))), (1, 22));
        assert_eq!(file_version((1, 18), None), (1, 18));
    }
}
