//! The command line of `rgo test`: build flags, flags of the test program, packages, arguments, in the go command's free order.

use crate::cli::parse_bool;

/// What follows a flag's name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// `-short`, `-short=false`
    Bool,
    /// `-run x`, `-run=x`
    Value,
    /// `-parallel 4`
    Int,
    /// `-count 1`
    Uint,
    /// `-timeout 30s`
    Duration,
    /// `-shuffle on`
    Shuffle,
}

impl Takes {
    /// What is wrong with a value, in the words of gc's flag package.
    fn problem(self, name: &str, value: &str) -> Option<String> {
        let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
        let is_int = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_right = match self {
            Takes::Bool if parse_bool(value).is_none() => {
                return Some(format!("invalid boolean value {value:?} for -{name}: parse error"));
            }
            Takes::Bool | Takes::Value => true,
            Takes::Int => is_int,
            Takes::Uint => is_int && !value.starts_with(['-', '+']),
            Takes::Duration => is_duration(value),
            Takes::Shuffle if !is_int && !matches!(value, "on" | "off") => {
                return Some(format!(
                    "invalid value {value:?} for flag -{name}: -shuffle argument must be \"on\", \"off\", or an int64: \
                     strconv.ParseInt: parsing {value:?}: invalid syntax"
                ));
            }
            Takes::Shuffle => true,
        };
        (!is_right).then(|| format!("invalid value {value:?} for flag -{name}: parse error"))
    }
}

/// `1h2m`, `-1.5s`, `0`: what `time.ParseDuration` takes.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    while !rest.is_empty() {
        let number =
            rest.len() - rest.trim_start_matches(|char: char| char.is_ascii_digit() || char == '.').len();
        let (digits, after) = rest.split_at(number);
        let unit =
            ["ns", "us", "µs", "μs", "ms", "s", "m", "h"].iter().find(|unit| after.starts_with(**unit));
        match unit {
            Some(unit) if digits.bytes().any(|byte| byte != b'.') && digits.matches('.').count() < 2 => {
                rest = &after[unit.len()..];
            }
            _ => return false,
        }
    }
    !text.is_empty() && text.ends_with(char::is_alphabetic)
}

/// Flags that the test program gets as `-test.NAME`.
const PASSED: &[(&str, Takes)] = &[
    ("artifacts", Takes::Bool),
    ("bench", Takes::Value),
    ("benchmem", Takes::Bool),
    ("benchtime", Takes::Value),
    ("blockprofile", Takes::Value),
    ("blockprofilerate", Takes::Int),
    ("count", Takes::Uint),
    ("cpu", Takes::Value),
    ("cpuprofile", Takes::Value),
    ("failfast", Takes::Bool),
    ("fullpath", Takes::Bool),
    ("list", Takes::Value),
    ("memprofile", Takes::Value),
    ("memprofilerate", Takes::Int),
    ("mutexprofile", Takes::Value),
    ("mutexprofilefraction", Takes::Int),
    ("outputdir", Takes::Value),
    ("parallel", Takes::Int),
    ("run", Takes::Value),
    ("short", Takes::Bool),
    ("shuffle", Takes::Shuffle),
    ("skip", Takes::Value),
    ("timeout", Takes::Duration),
    ("trace", Takes::Value),
    ("v", Takes::Bool),
];

/// Flags of the test command itself.
const OWN: &[(&str, Takes)] = &[
    ("c", Takes::Bool),
    ("exec", Takes::Value),
    ("json", Takes::Bool),
    ("o", Takes::Value),
    ("vet", Takes::Value),
];

/// Flags whose files go to the output directory.
const PROFILES: &[&str] = &["blockprofile", "cpuprofile", "memprofile", "mutexprofile", "trace"];

/// The sorted-out command line.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct TestFlags {
    /// Flags that `build` knows, as written, for the usual parser.
    pub build: Vec<String>,
    pub packages: Vec<String>,
    /// `-c`: compile only.
    pub compile_only: bool,
    pub output: Option<String>,
    /// `-json`
    pub json: bool,
    /// `-exec`
    pub exec: Option<String>,
    /// (name, value) of flags for the test program.
    pub passed: Vec<(String, String)>,
    /// What follows `-args`, and flags that nobody knows.
    pub args: Vec<String>,
}

impl TestFlags {
    /// Sorts `args`. `build_flag` says whether a name is a build flag, and if so whether it takes a value.
    pub(crate) fn parse(
        args: &[String],
        build_flag: &dyn Fn(&str) -> Option<bool>,
    ) -> Result<TestFlags, String> {
        let mut flags = TestFlags::default();
        let mut rest = args.iter().peekable();
        let (mut packages_end, mut first_unknown) = (false, None);
        while let Some(arg) = rest.next() {
            let Some(flag) = arg.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
                if packages_end || first_unknown.is_some() {
                    flags.args.push(arg.clone());
                } else {
                    flags.packages.push(arg.clone());
                }
                continue;
            };
            packages_end |= !flags.packages.is_empty();
            let flag = flag.strip_prefix('-').unwrap_or(flag);
            let (name, value) = flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v.to_owned())));
            if name == "args" {
                flags.args.extend(rest.cloned());
                break;
            }
            let short = name.strip_prefix("test.").unwrap_or(name);
            if short == "fuzz" {
                return Err(
                    "rgo: -fuzz is not supported: there is no coverage instrumentation (seeds run as tests)"
                        .to_owned(),
                );
            }
            let known =
                |table: &[(&str, Takes)]| table.iter().find(|(known, _)| *known == short).map(|row| row.1);
            let (own, passed) = (known(OWN), known(PASSED));
            let takes = own.or(passed).or_else(|| {
                build_flag(name).map(|takes_value| if takes_value { Takes::Value } else { Takes::Bool })
            });
            let Some(takes) = takes else {
                first_unknown.get_or_insert(arg);
                flags.args.push(arg.clone());
                continue;
            };
            let value = match (takes, value) {
                (_, Some(value)) => value,
                (Takes::Bool, None) => "true".to_owned(),
                (_, None) => match rest.next() {
                    Some(value) => value.clone(),
                    None => return Err(format!("flag needs an argument: -{name}")),
                },
            };
            // `-v=test2json` is what `-json` makes of `-v`.
            if (own.is_some() || passed.is_some())
                && (short, value.as_str()) != ("v", "test2json")
                && let Some(problem) = takes.problem(name, &value)
            {
                return Err(problem);
            }
            match short {
                "c" => flags.compile_only = parse_bool(&value) == Some(true),
                "json" => flags.json = parse_bool(&value) == Some(true),
                "o" => flags.output = Some(value),
                "exec" => flags.exec = Some(value),
                // Nothing is vetted.
                "vet" => {}
                _ if passed.is_some() => flags.passed.push((short.to_owned(), value)),
                _ => flags.build.push(format!("-{name}={value}")),
            }
        }
        match first_unknown {
            Some(flag) if flags.compile_only => {
                Err(format!("rgo: unknown flag {flag} cannot be used with -c"))
            }
            _ => Ok(flags),
        }
    }

    pub(crate) fn passed(&self, name: &str) -> Option<&str> {
        self.passed.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The test program prints more than failures.
    pub(crate) fn shows_passes(&self) -> bool {
        self.passed("v").is_some_and(|value| parse_bool(value) != Some(false))
            || self.passed("list").is_some_and(|l| !l.is_empty())
    }

    pub(crate) fn has_benchmarks(&self) -> bool {
        self.passed("bench").is_some_and(|value| !value.is_empty())
    }

    /// The test program's arguments; `dir` is where profiles go.
    pub(crate) fn program_args(&self, dir: &str) -> Vec<String> {
        let mut args = vec!["-test.paniconexit0".to_owned()];
        if self.passed("timeout").is_none() {
            args.push("-test.timeout=10m0s".to_owned());
        }
        if self.passed("outputdir").is_none() && PROFILES.iter().any(|name| self.passed(name).is_some()) {
            args.push(format!("-test.outputdir={dir}"));
        }
        if self.json {
            // Lines of the framework marked, for `test_json`.
            args.push("-test.v=test2json".to_owned());
        }
        let passed = self.passed.iter().filter(|(name, _)| !self.json || name != "v");
        args.extend(passed.map(|(name, value)| format!("-test.{name}={value}")));
        args.extend(self.args.iter().cloned());
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<TestFlags, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let build = |name: &str| match name {
            "tags" => Some(true),
            "trimpath" => Some(false),
            _ => None,
        };
        TestFlags::parse(&args, &build)
    }

    #[test]
    fn flags_stand_before_and_behind_packages() {
        let flags = parse("-v -tags x a b -run Y -short -test.count=2 -args -z q").unwrap();
        assert_eq!(flags.packages, ["a", "b"]);
        assert_eq!(flags.build, ["-tags=x"]);
        assert_eq!(flags.args, ["-z", "q"]);
        let pairs = [("v", "true"), ("run", "Y"), ("short", "true"), ("count", "2")];
        assert_eq!(flags.passed, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(flags.shows_passes() && !flags.has_benchmarks());
    }

    #[test]
    fn what_is_unknown_goes_to_the_program() {
        let flags = parse("p -update -json x").unwrap();
        assert_eq!((flags.packages.join(" ").as_str(), flags.args.join(" ").as_str()), ("p", "-update x"));
        assert!(flags.json && flags.program_args("d").contains(&"-test.v=test2json".to_owned()));
        assert_eq!(parse("p -update -c").unwrap_err(), "rgo: unknown flag -update cannot be used with -c");
    }

    #[test]
    fn values_have_the_form_of_their_flag() {
        for line in ["-timeout 1h2.5m", "-timeout=0", "-count=0x", "-v=t", "-shuffle=-3", "-parallel -1"] {
            assert_eq!(parse(line).is_ok(), !line.ends_with('x'), "{line}");
        }
        for (line, problem) in [
            ("-timeout=5", "invalid value \"5\" for flag -timeout: parse error"),
            ("-timeout=1.2.3s", "invalid value \"1.2.3s\" for flag -timeout: parse error"),
            ("-count -1", "invalid value \"-1\" for flag -count: parse error"),
            ("-short=maybe", "invalid boolean value \"maybe\" for -short: parse error"),
        ] {
            assert_eq!(parse(line).unwrap_err(), problem);
        }
    }
}
