//! GOEXPERIMENT: which experiments of Go's toolchain are on.
//!
//! Each is a build tag `goexperiment.NAME`, by which std chooses files (the constants of `internal/goexperiment` among them); a
//! few mean something to the compiler as well. Those that only change how gc and its runtime work inside are accepted without
//! effect.

use rgo_target::Target;

/// Every experiment of go 1.27, in the order in which gc lists them.
const KNOWN: &[&str] = &[
    "fieldtrack",
    "preemptibleloops",
    "staticlockranking",
    "boringcrypto",
    "regabiwrappers",
    "regabiargs",
    "heapminimum512kib",
    "arenas",
    "cgocheck2",
    "loopvar",
    "newinliner",
    "dwarf5",
    "jsonv2",
    "greenteagc",
    "randomizedheapbase64",
    "runtimefreegc",
    "sizespecializedmalloc",
    "simd",
    "runtimesecret",
    "mapsplitgroup",
];

/// Those that are on when nobody says otherwise.
const BASELINE: &[&str] = &[
    "regabiwrappers",
    "regabiargs",
    "jsonv2",
    "greenteagc",
    "randomizedheapbase64",
    "sizespecializedmalloc",
    "dwarf5",
];

/// Those that need something rgo has not got: cgo's crypto, vector types, another layout of maps, a runtime that erases secrets, loop
/// variables by setting.
const UNSUPPORTED: &[&str] = &["boringcrypto", "loopvar", "simd", "runtimesecret", "mapsplitgroup"];

/// What GOEXPERIMENT changes; by default nothing.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Experiments {
    /// State of each of `KNOWN` that differs from the baseline, in that order.
    changed: Vec<(&'static str, bool)>,
}

impl Experiments {
    /// Reads a list as GOEXPERIMENT holds it: names, `no` before what is to be off, `none`.
    pub fn parse(text: &str, target: &Target) -> Result<Experiments, String> {
        let baseline: Vec<bool> = KNOWN.iter().map(|name| in_baseline(name, target)).collect();
        let mut states = baseline.clone();
        for word in text.split(',').filter(|word| !word.is_empty()) {
            if word == "none" {
                states.fill(false);
                continue;
            }
            let (name, on) = word.strip_prefix("no").map_or((word, true), |name| (name, false));
            if name == "regabi" {
                continue;
            }
            let index = KNOWN.iter().position(|known| *known == name);
            states[index.ok_or_else(|| format!("unknown GOEXPERIMENT {name}"))?] = on;
        }
        // Go has one calling convention on the targets there are: these cannot be switched.
        for (name, (state, before)) in KNOWN.iter().zip(states.iter_mut().zip(&baseline)) {
            if name.starts_with("regabi") {
                *state = *before;
            }
        }
        let all = KNOWN.iter().zip(states.into_iter().zip(baseline));
        let changed: Vec<_> =
            all.filter(|(_, (now, before))| now != before).map(|(n, (now, _))| (*n, now)).collect();
        match changed.iter().find(|(name, on)| *on && UNSUPPORTED.contains(name)) {
            Some((name, _)) => Err(format!("GOEXPERIMENT {name} is not supported by rgo")),
            None => Ok(Experiments { changed }),
        }
    }

    /// Whether an experiment that is off in the baseline is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.changed
            .contains(&(KNOWN.iter().find(|known| **known == name).copied().unwrap_or_default(), true))
    }

    /// The canonical list: what differs from the baseline. Empty when nothing does.
    pub fn text(&self) -> String {
        let words: Vec<String> =
            self.changed.iter().map(|(name, on)| format!("{}{name}", if *on { "" } else { "no" })).collect();
        words.join(",")
    }

    /// Names of all that are on.
    pub(crate) fn enabled(&self, target: &Target) -> Vec<&'static str> {
        let state = |name: &&'static str| {
            let changed = self.changed.iter().find(|(changed, _)| changed == name);
            changed.map_or_else(|| in_baseline(name, target), |(_, on)| *on)
        };
        KNOWN.iter().copied().filter(state).collect()
    }
}

/// Debuggers of macOS and AIX do not read all of DWARF 5.
fn in_baseline(name: &str, target: &Target) -> bool {
    BASELINE.contains(&name) && !(name == "dwarf5" && matches!(target.goos, "darwin" | "ios" | "aix"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rgo_target::LINUX_AMD64;

    #[test]
    fn lists() {
        let parse = |text: &str| Experiments::parse(text, &LINUX_AMD64);
        for (text, canonical) in [
            ("", ""),
            ("jsonv2,,regabiargs", ""),
            ("arenas,fieldtrack", "fieldtrack,arenas"),
            ("nojsonv2,noregabi", "nojsonv2"),
            (
                "none,fieldtrack,jsonv2,greenteagc,randomizedheapbase64",
                "fieldtrack,nodwarf5,nosizespecializedmalloc",
            ),
        ] {
            assert_eq!(parse(text).unwrap().text(), canonical, "{text}");
        }
        assert_eq!(parse("nosuch").unwrap_err(), "unknown GOEXPERIMENT such");
        assert!(parse("simd").unwrap_err().contains("not supported"));
        let both = parse("fieldtrack,nojsonv2").unwrap();
        assert!(both.is_on("fieldtrack") && !both.is_on("arenas") && !both.is_on("jsonv2"));
        assert!(
            both.enabled(&LINUX_AMD64).contains(&"dwarf5") && !both.enabled(&LINUX_AMD64).contains(&"jsonv2")
        );
    }
}
