//! The command line of `rgo test`: build flags, flags of the test program, packages, arguments, in the go command's free order.

/// What follows a flag's name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// `-short`, `-short=false`
    Bool,
    /// `-run x`, `-run=x`
    Value,
}

/// Flags that the test program gets as `-test.NAME`.
const PASSED: &[(&str, Takes)] = &[
    ("artifacts", Takes::Bool),
    ("bench", Takes::Value),
    ("benchmem", Takes::Bool),
    ("benchtime", Takes::Value),
    ("blockprofile", Takes::Value),
    ("blockprofilerate", Takes::Value),
    ("count", Takes::Value),
    ("cpu", Takes::Value),
    ("cpuprofile", Takes::Value),
    ("failfast", Takes::Bool),
    ("fullpath", Takes::Bool),
    ("list", Takes::Value),
    ("memprofile", Takes::Value),
    ("memprofilerate", Takes::Value),
    ("mutexprofile", Takes::Value),
    ("mutexprofilefraction", Takes::Value),
    ("outputdir", Takes::Value),
    ("parallel", Takes::Value),
    ("run", Takes::Value),
    ("short", Takes::Bool),
    ("shuffle", Takes::Value),
    ("skip", Takes::Value),
    ("timeout", Takes::Value),
    ("trace", Takes::Value),
    ("v", Takes::Bool),
];

/// Flags of the test command itself.
const OWN: &[(&str, Takes)] =
    &[("c", Takes::Bool), ("exec", Takes::Value), ("o", Takes::Value), ("vet", Takes::Value)];

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
        let (mut packages_end, mut unknown_seen) = (false, false);
        while let Some(arg) = rest.next() {
            let Some(flag) = arg.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
                if packages_end || unknown_seen {
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
                unknown_seen = true;
                flags.args.push(arg.clone());
                continue;
            };
            let value = match (takes, value) {
                (_, Some(value)) => value,
                (Takes::Bool, None) => "true".to_owned(),
                (Takes::Value, None) => match rest.next() {
                    Some(value) => value.clone(),
                    None => return Err(format!("flag needs an argument: -{name}")),
                },
            };
            match short {
                "c" => flags.compile_only = value == "true",
                "o" => flags.output = Some(value),
                "exec" => flags.exec = Some(value),
                // Nothing is vetted.
                "vet" => {}
                _ if passed.is_some() => flags.passed.push((short.to_owned(), value)),
                _ => flags.build.push(format!("-{name}={value}")),
            }
        }
        Ok(flags)
    }

    pub(crate) fn passed(&self, name: &str) -> Option<&str> {
        self.passed.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The test program prints more than failures.
    pub(crate) fn shows_passes(&self) -> bool {
        self.passed("v").is_some_and(|value| value != "false")
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
        args.extend(self.passed.iter().map(|(name, value)| format!("-test.{name}={value}")));
        args.extend(self.args.iter().cloned());
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> TestFlags {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let build = |name: &str| match name {
            "tags" => Some(true),
            "trimpath" => Some(false),
            _ => None,
        };
        TestFlags::parse(&args, &build).unwrap()
    }

    #[test]
    fn flags_stand_before_and_behind_packages() {
        let flags = parse("-v -tags x a b -run Y -short -test.count=2 -args -z q");
        assert_eq!(flags.packages, ["a", "b"]);
        assert_eq!(flags.build, ["-tags=x"]);
        assert_eq!(flags.args, ["-z", "q"]);
        let pairs = [("v", "true"), ("run", "Y"), ("short", "true"), ("count", "2")];
        assert_eq!(flags.passed, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(flags.shows_passes() && !flags.has_benchmarks());
    }

    #[test]
    fn what_is_unknown_goes_to_the_program() {
        let flags = parse("p -update -c");
        assert_eq!((flags.packages.join(" ").as_str(), flags.args.join(" ").as_str()), ("p", "-update"));
        assert!(flags.compile_only);
    }
}
