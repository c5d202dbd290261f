//! What the environment says about the collector.
//!
//! `GOGC` (percent or `off`), `GOMEMLIMIT` (bytes, with `B`, `KiB` ... `TiB`, or `off`), in `GODEBUG` gc's `gctrace=1` (a line for each cycle)
//! and `gcstoptheworld=1` (marks with the world stopped), and in `RGODEBUG`, a list of `name=value` with commas too: `gc_stress=N`
//! starts or advances a collection at every Nth allocation, `gc_check=1` verifies the heap in each cycle, `gc_poison=1` overwrites
//! freed objects, `gc_conservative=1` scans goroutine stacks whole, `gc_frames=1` overwrites the words of frames that it takes for dead,
//! `gc_period=N` collects when the last collection is N milliseconds ago.

/// Settings, with gc's defaults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// GOGC; negative: off.
    pub percent: i32,
    /// Memory limit in bytes; `i64::MAX`: none.
    pub limit: i64,
    /// Collect at every so many allocations; 0: when the pacer says.
    pub stress: u32,
    /// Verify the heap after marking.
    pub check: bool,
    /// Overwrite freed objects.
    pub poison: bool,
    /// Take every word of a goroutine's stack for live.
    pub conservative: bool,
    /// Overwrite dead words of frames.
    pub frames: bool,
    /// Longest time between two collections in milliseconds.
    pub period: i64,
    /// Print a line per cycle.
    pub trace: bool,
    /// Mark with the world stopped.
    pub stop_the_world: bool,
}

/// A value that gc dies of: the name of the variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed(pub &'static str);

impl Settings {
    /// Without environment.
    pub const DEFAULT: Settings = Settings {
        percent: 100,
        limit: i64::MAX,
        stress: 0,
        check: false,
        poison: false,
        conservative: false,
        frames: false,
        period: super::periodic::DEFAULT_NS / 1_000_000,
        trace: false,
        stop_the_world: false,
    };

    /// Reads the values of `GOGC`, `GOMEMLIMIT`, `GODEBUG` and `RGODEBUG`.
    pub fn parse([gogc, limit, godebug, debug]: [Option<&[u8]>; 4]) -> Result<Settings, Malformed> {
        let mut settings = Settings::DEFAULT;
        match gogc {
            None | Some(b"") => {}
            Some(b"off") => settings.percent = -1,
            // Anything else counts as the default, as in gc; less than nothing is off.
            Some(text) => {
                settings.percent = number(text).and_then(|n| i32::try_from(n).ok()).unwrap_or(100).max(-1);
            }
        }
        match limit {
            None | Some(b"" | b"off") => {}
            Some(text) => settings.limit = bytes(text).ok_or(Malformed("GOMEMLIMIT"))?,
        }
        for item in debug.unwrap_or(b"").split(|&b| b == b',') {
            if let Some(value) = item.strip_prefix(b"gc_stress=") {
                settings.stress = number(value).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
            } else if let Some(value) = item.strip_prefix(b"gc_check=") {
                settings.check = value == b"1";
            } else if let Some(value) = item.strip_prefix(b"gc_poison=") {
                settings.poison = value == b"1";
            } else if let Some(value) = item.strip_prefix(b"gc_conservative=") {
                settings.conservative = value == b"1";
            } else if let Some(value) = item.strip_prefix(b"gc_frames=") {
                settings.frames = value == b"1";
            } else if let Some(value) = item.strip_prefix(b"gc_period=") {
                settings.period = number(value).filter(|&ms| ms > 0).unwrap_or(settings.period);
            }
        }
        for item in godebug.unwrap_or(b"").split(|&b| b == b',') {
            if let Some(value) = item.strip_prefix(b"gctrace=") {
                settings.trace = number(value).is_some_and(|n| n > 0);
            } else if let Some(value) = item.strip_prefix(b"gcstoptheworld=") {
                settings.stop_the_world = number(value).is_some_and(|n| n > 0);
            }
        }
        Ok(settings)
    }
}

/// A decimal number, perhaps with a sign.
fn number(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        digits => (1, digits),
    };
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0i64, |n, b| {
        if !b.is_ascii_digit() {
            return None;
        }
        n.checked_mul(10)?.checked_add(sign * (b - b'0') as i64)
    })
}

/// A number of bytes with its unit.
fn bytes(text: &[u8]) -> Option<i64> {
    let number = |text| number(text).filter(|&n| n >= 0);
    let Some(rest) = text.strip_suffix(b"B") else { return number(text) };
    let units: [(&[u8], i64); 4] = [(b"Ki", 1 << 10), (b"Mi", 1 << 20), (b"Gi", 1 << 30), (b"Ti", 1 << 40)];
    for (unit, factor) in units {
        if let Some(digits) = rest.strip_suffix(unit) {
            return number(digits)?.checked_mul(factor);
        }
    }
    number(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables() {
        let d = Settings::DEFAULT;
        assert_eq!(Settings::parse([None; 4]), Ok(d));
        assert_eq!(Settings::parse([Some(b"off"), None, None, None]), Ok(Settings { percent: -1, ..d }));
        assert_eq!(
            Settings::parse([
                Some(b"50"),
                Some(b"off"),
                Some(b"gctrace=1"),
                Some(b"x,gc_check=1,gc_stress=7,gc_period=5")
            ]),
            Ok(Settings { percent: 50, check: true, stress: 7, period: 5, trace: true, ..d })
        );
        for (text, want) in
            [("-1", -1), ("-50", -1), ("+20", 20), ("-", 100), ("1e2", 100), ("9999999999", 100)]
        {
            let settings = Settings::parse([Some(text.as_bytes()), None, None, None]);
            assert_eq!(settings.map(|s| s.percent), Ok(want), "GOGC={text}");
        }
        for (text, want) in
            [("123", 123), ("5B", 5), ("3KiB", 3 << 10), ("2GiB", 2 << 30), ("-0", 0), ("+1KiB", 1 << 10)]
        {
            assert_eq!(Settings::parse([None, Some(text.as_bytes()), None, None]).map(|s| s.limit), Ok(want));
        }
        for text in
            ["-1", "-1KiB", "12GB", "MiB", "-MiB", "1iB", "99999999TiB", "9223372036854775808", "1.5GiB"]
        {
            assert_eq!(
                Settings::parse([None, Some(text.as_bytes()), None, None]),
                Err(Malformed("GOMEMLIMIT")),
                "{text}"
            );
        }
    }
}
