//! Semantic versions as modules use them (`v1.2.3-pre+meta`): form and order.

use std::cmp::Ordering;

/// Whether `text` is a complete version, as go.mod must name it.
pub(crate) fn is_canonical(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else { return false };
    let (rest, meta) = rest.split_once('+').map_or((rest, None), |(rest, meta)| (rest, Some(meta)));
    let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
    let numbers: Vec<&str> = core.split('.').collect();
    let is_number = |n: &&str| {
        !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) && (n.len() == 1 || !n.starts_with('0'))
    };
    let is_word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    numbers.len() == 3
        && numbers.iter().all(is_number)
        && pre.is_none_or(|pre| pre.split('.').all(is_word))
        && meta.is_none_or(|meta| meta.split('.').all(is_word))
}

/// Order of versions; pre-releases come before their release, build metadata does not count.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    fn split(v: &str) -> (Vec<u64>, Option<&str>) {
        let v = v.strip_prefix('v').unwrap_or(v);
        let v = v.split('+').next().unwrap_or(v);
        let (core, pre) = v.split_once('-').map_or((v, None), |(core, pre)| (core, Some(pre)));
        (core.split('.').map(|n| n.parse().unwrap_or(0)).collect(), pre)
    }
    let ((core_a, pre_a), (core_b, pre_b)) = (split(a), split(b));
    core_a.cmp(&core_b).then_with(|| match (pre_a, pre_b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(x), Some(y)) => compare_prerelease(x, y),
    })
}

fn compare_prerelease(a: &str, b: &str) -> Ordering {
    let (mut xs, mut ys) = (a.split('.'), b.split('.'));
    loop {
        let order = match (xs.next(), ys.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) if x.is_none() || y.is_none() => x.is_some().cmp(&y.is_some()),
            (Some(x), Some(y)) => match (x.parse::<u64>(), y.parse::<u64>()) {
                (Ok(x), Ok(y)) => x.cmp(&y),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                _ => x.cmp(y),
            },
            _ => Ordering::Equal,
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn versions() {
        for (a, b, order) in [
            ("v1.2.3", "v1.10.0", Less),
            ("v1.0.0", "v1.0.0-rc1", Greater),
            ("v1.0.0-rc.2", "v1.0.0-rc.10", Less),
            ("v0.0.0-20200101000000-abc", "v0.0.0-20210101000000-abc", Less),
            ("v2.0.0+incompatible", "v2.0.0", Equal),
        ] {
            assert_eq!(compare(a, b), order, "{a} {b}");
        }
        for good in ["v1.2.3", "v0.0.0-20240101000000-abcdefabcdef", "v2.0.0+incompatible"] {
            assert!(is_canonical(good), "{good}");
        }
        for bad in ["v1", "v1.2", "1.2.3", "master", "v1.02.3", "v1.2.3-"] {
            assert!(!is_canonical(bad), "{bad}");
        }
    }
}
