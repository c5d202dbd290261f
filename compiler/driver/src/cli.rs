//! Arguments → `Command`.
//!
//! The go command's flags have one dash, whatever their length, may be followed by `=value`, and end at the first argument
//! that is no flag. `normalize` rewrites them to the form clap expects; it asks clap's own table which flags take values.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command as Clap};
use rgo_load::ModMode;

use crate::env::Environment;
use crate::flags::{BuildFlags, BuildVcs, DumpRequest};
use crate::help;
use crate::test_flags::TestFlags;

/// What the user asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Build(Build),
    Run(Run),
    ToolCompile(ToolCompile),
    /// `tool -n compile`, with what follows.
    WhichTool(Vec<String>),
    Test(Test),
    Clean(Clean),
    Env(EnvQuery),
    Version(VersionQuery),
    /// Text for standard output.
    Help(String),
}

#[derive(Debug)]
pub(crate) struct Build {
    pub flags: BuildFlags,
    pub output: Option<String>,
    pub packages: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Run {
    pub flags: BuildFlags,
    /// A program that runs the executable (`-exec`).
    pub exec: Vec<String>,
    pub packages: Vec<String>,
    pub args: Vec<String>,
}

/// `tool compile`
#[derive(Debug)]
pub(crate) struct ToolCompile {
    pub flags: BuildFlags,
    /// `-p`: the import path of the package.
    pub import_path: Option<String>,
    pub files: Vec<String>,
}

/// `rgo clean`
#[derive(Debug)]
pub(crate) struct Clean {
    /// `-cache`: executables of earlier builds.
    pub cache: bool,
    /// `-n`, `-x`: say what is done; with `-n`, only say it.
    pub explain: bool,
    pub dry_run: bool,
}

#[derive(Debug)]
pub(crate) struct EnvQuery {
    pub json: bool,
    pub goroot: Option<PathBuf>,
    pub variables: Vec<String>,
}

/// `rgo test`
#[derive(Debug)]
pub(crate) struct Test {
    pub flags: BuildFlags,
    pub options: TestFlags,
}

/// `rgo version`: of rgo itself, or of executables.
#[derive(Debug)]
pub(crate) struct VersionQuery {
    /// `-m`: module versions and settings as well.
    pub modules: bool,
    /// `-v`: say which files are no Go executables.
    pub verbose: bool,
    pub files: Vec<String>,
}

/// Wrong usage: complete text for standard error, and the exit status.
#[derive(Debug)]
pub(crate) struct Usage(pub String, pub u8);

/// Parses the arguments after the program's name.
pub(crate) fn parse(args: &[String], environment: &Environment) -> Result<Command, Usage> {
    let Some((name, rest)) = args.split_first() else { return Err(Usage(help::main(), 2)) };
    match name.as_str() {
        "build" => {
            let matches =
                matches("build", build_flags(Clap::new("build")).arg(value("o")), rest, environment)?;
            let output = matches.get_one::<String>("o").cloned();
            let flags = decode(&matches).map_err(|text| Usage(text, 1))?;
            Ok(Command::Build(Build { flags, output, packages: trailing(&matches) }))
        }
        "run" => {
            let matches =
                matches("run", build_flags(Clap::new("run")).arg(value("exec")), rest, environment)?;
            let flags = decode(&matches).map_err(|text| Usage(text, 1))?;
            let exec =
                matches.get_one::<String>("exec").map_or(Ok(Vec::new()), |text| crate::quoted::split(text));
            let all = trailing(&matches);
            // A package, or as many .go files as there are; what follows goes to the program.
            let files = all.iter().take_while(|arg| arg.ends_with(".go")).count();
            let (packages, args) = all.split_at(if files > 0 { files } else { all.len().min(1) });
            let exec = exec.map_err(|e| Usage(format!("rgo: invalid -exec: {e}"), 2))?;
            Ok(Command::Run(Run { flags, exec, packages: packages.to_vec(), args: args.to_vec() }))
        }
        "test" => test(rest, environment),
        "tool" => tool(rest),
        "clean" => {
            let clap = Clap::new("clean").args(["cache", "n", "x"].map(switch)).arg(positional());
            let matches = matches("clean", clap, rest, environment)?;
            let clean = Clean {
                cache: is_set(&matches, "cache"),
                explain: is_set(&matches, "x") || is_set(&matches, "n"),
                dry_run: is_set(&matches, "n"),
            };
            if !trailing(&matches).is_empty() || !clean.cache {
                return Err(Usage("rgo: clean removes the cache only: rgo clean -cache".to_owned(), 2));
            }
            Ok(Command::Clean(clean))
        }
        "env" => {
            let clap = Clap::new("env").arg(switch("json")).arg(value("goroot")).arg(positional());
            let matches = matches("env", clap, rest, environment)?;
            let goroot = matches.get_one::<String>("goroot").map(PathBuf::from);
            Ok(Command::Env(EnvQuery {
                json: is_set(&matches, "json"),
                goroot,
                variables: trailing(&matches),
            }))
        }
        "--version" | "-version" | "-V" if rest.is_empty() => {
            Ok(Command::Version(VersionQuery { modules: false, verbose: false, files: Vec::new() }))
        }
        "version" => {
            let clap = Clap::new("version").arg(switch("m")).arg(switch("v")).arg(positional());
            let matches = matches("version", clap, rest, environment)?;
            let query = VersionQuery {
                modules: is_set(&matches, "m"),
                verbose: is_set(&matches, "v"),
                files: trailing(&matches),
            };
            if query.files.is_empty() && (query.modules || query.verbose) {
                let flag = if query.modules { "-m" } else { "-v" };
                let text = format!("rgo: 'rgo version' only accepts {flag} flag with arguments");
                return Err(Usage(text, 2));
            }
            Ok(Command::Version(query))
        }
        "help" | "-h" | "-help" | "--help" => match rest {
            [] => Ok(Command::Help(format!("{}\n", help::main()))),
            [topic] => match help::topic(topic) {
                Some(text) => Ok(Command::Help(format!("{text}\n"))),
                None => Err(Usage(format!("rgo help {topic}: unknown help topic. Run 'rgo help'."), 2)),
            },
            _ => Err(Usage("usage: rgo help <topic>\n\nToo many arguments given.".to_owned(), 2)),
        },
        unknown => Err(Usage(format!("rgo {unknown}: unknown command\nRun 'rgo help' for usage."), 2)),
    }
}

/// `test`, whose flags and packages stand in any order.
fn test(args: &[String], environment: &Environment) -> Result<Command, Usage> {
    let clap = build_flags(Clap::new("test"));
    let build_flag = |name: &str| {
        let known = clap.get_arguments().find(|known| known.get_long() == Some(name))?;
        Some(known.get_value_names().is_none_or(|names| names != [SWITCH]))
    };
    if args.first().is_some_and(|arg| matches!(arg.as_str(), "-h" | "-help" | "--help")) {
        return Err(Usage(help::usage("test"), 2));
    }
    let options = TestFlags::parse(args, &build_flag)
        .map_err(|problem| Usage(format!("{problem}\n{}", help::usage("test")), 2))?;
    let matches = matches("test", clap.clone(), &options.build, environment)?;
    let flags = decode(&matches).map_err(|text| Usage(text, 1))?;
    Ok(Command::Test(Test { flags, options }))
}

/// `tool [-n] compile [flags] files`, in the spelling of gc's compiler.
fn tool(args: &[String]) -> Result<Command, Usage> {
    if let Some((flag, rest)) = args.split_first()
        && matches!(&**flag, "-n" | "--n")
        && rest.first().is_some_and(|name| name == "compile")
    {
        return Ok(Command::WhichTool(rest[1..].to_vec()));
    }
    let rest = match args.split_first() {
        Some((name, rest)) if name == "compile" => rest,
        Some((name, _)) => return Err(Usage(format!("go: no such tool {name:?}"), 2)),
        None => return Err(Usage(help::usage("tool"), 2)),
    };
    let mut compile = ToolCompile { flags: BuildFlags::default(), import_path: None, files: Vec::new() };
    let mut words = rest.iter().cloned().peekable();
    while let Some(word) = words.next_if(|word| word.starts_with('-')) {
        let flag = word.trim_start_matches('-');
        let (name, value) = flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v.to_owned())));
        // Nothing is made that could be instrumented, or linked dynamically.
        compile.flags.compiler.race |= name == "race";
        if matches!(name, "race" | "msan" | "asan" | "linkobj" | "nolocalimports") {
            continue;
        }
        let is_own = matches!(name, "p" | "o" | "D" | "I" | "importcfg" | "trimpath");
        if !is_own {
            let mut words = std::iter::once(word).chain(std::iter::from_fn(|| words.next()));
            let added = compile.flags.compiler.add_words(&mut words, 1);
            added.map_err(|text| Usage(format!("{text}\n{}", help::usage("tool")), 2))?;
            continue;
        }
        let value = value.or_else(|| words.next());
        let value = value.ok_or_else(|| Usage(format!("flag needs an argument: -{name}"), 2))?;
        // What is imported is compiled from source: nothing is written, and nothing has to be found.
        if name == "p" {
            compile.import_path = Some(value);
        }
    }
    compile.files = words.collect();
    if compile.files.is_empty() {
        return Err(Usage(help::usage("tool"), 2));
    }
    Ok(Command::ToolCompile(compile))
}

/// Applies GOFLAGS, normalises and hands over to clap.
fn matches(name: &str, clap: Clap, args: &[String], environment: &Environment) -> Result<ArgMatches, Usage> {
    let clap = clap.no_binary_name(true).disable_help_flag(true).disable_version_flag(true);
    if args.first().is_some_and(|arg| matches!(arg.as_str(), "-h" | "-help" | "--help")) {
        return Err(Usage(help::usage(name), 2));
    }
    let mut normalized: Vec<String> = Vec::new();
    for flag in environment.goflags.split_whitespace() {
        // GOFLAGS may hold flags meant for other commands; only those of this one count.
        if let Ok(mut flags) = normalize(&clap, &[flag.to_owned()])
            && flags.last().is_none_or(|last| last != "--")
        {
            normalized.append(&mut flags);
        }
    }
    normalized.extend(
        normalize(&clap, args).map_err(|problem| Usage(format!("{problem}\n{}", help::usage(name)), 2))?,
    );
    if let Some(problem) = normalized.iter().find_map(|flag| not_a_number(flag)) {
        return Err(Usage(format!("{problem}\n{}", help::usage(name)), 2));
    }
    clap.try_get_matches_from(normalized).map_err(|error| {
        let text = error.to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        Usage(format!("{}\n{}", text.lines().next().unwrap_or_default(), help::usage(name)), 2)
    })
}

/// `-p x`: gc's flag package parses numbers, so that this is wrong usage.
fn not_a_number(flag: &str) -> Option<String> {
    let text = flag.strip_prefix("--p=")?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (!is_number).then(|| format!("invalid value {text:?} for flag -p: parse error"))
}

/// `-o x -v a.go -o` → `--o=x --v -- a.go -o`.
fn normalize(clap: &Clap, args: &[String]) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let flag = match arg.strip_prefix('-') {
            Some("-") => break,
            Some(flag) if !flag.is_empty() => flag.strip_prefix('-').unwrap_or(flag),
            _ => {
                out.push("--".to_owned());
                out.push(arg.clone());
                break;
            }
        };
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
        let known = clap.get_arguments().find(|known| known.get_long() == Some(name));
        let known = known.ok_or_else(|| format!("flag provided but not defined: -{name}"))?;
        let is_switch = known.get_value_names().is_some_and(|names| names == [SWITCH]);
        if let (Some(text), true) = (value, is_switch)
            && parse_bool(text).is_none()
            && (name, text) != ("buildvcs", "auto")
        {
            let why = match name {
                "buildvcs" => "value is neither 'auto' nor a valid bool",
                _ => "parse error",
            };
            return Err(format!("invalid boolean value {text:?} for -{name}: {why}"));
        }
        out.push(match (value, is_switch) {
            (Some(value), _) => format!("--{name}={value}"),
            (None, true) => format!("--{name}=true"),
            (None, false) => match rest.next() {
                Some(value) => format!("--{name}={value}"),
                None => return Err(format!("flag needs an argument: -{name}")),
            },
        });
    }
    if out.iter().any(|arg| arg == "--") {
        out.extend(rest.cloned());
    } else if rest.len() > 0 {
        out.push("--".to_owned());
        out.extend(rest.cloned());
    }
    Ok(out)
}

/// The value name that marks a boolean flag.
const SWITCH: &str = "BOOL";

fn build_flags(clap: Clap) -> Clap {
    // Accepted for the go command's sake, without effect.
    let ignored = ["work", "modcacherw"].map(switch);
    let ignored_values = ["pgo", "asmflags", "gccgoflags", "installsuffix", "pkgdir"].map(value);
    clap.args(["a", "v", "x", "n", "trimpath", "time"].map(switch))
        .args(["C", "p", "mod", "modfile", "goroot", "target", "buildmode", "compiler"].map(value))
        .args(["overlay", "toolexec", "covermode", "coverpkg"].map(value))
        .arg(switch("buildvcs"))
        .args(["tags", "ldflags", "gcflags", "dump"].map(|name| value(name).action(ArgAction::Append)))
        .args(["race", "msan", "asan", "cover", "json", "linkshared"].map(switch))
        .args(ignored)
        .args(ignored_values)
        .arg(positional())
}

/// A boolean flag: `-v`, `-v=false`.
fn switch(name: &'static str) -> Arg {
    value(name).value_name(SWITCH)
}

fn value(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::Set).overrides_with(name).allow_hyphen_values(true)
}

fn positional() -> Arg {
    Arg::new("rest").action(ArgAction::Append).num_args(0..).allow_hyphen_values(true)
}

fn trailing(matches: &ArgMatches) -> Vec<String> {
    matches.get_many::<String>("rest").map_or_else(Vec::new, |values| values.cloned().collect())
}

fn is_set(matches: &ArgMatches, name: &str) -> bool {
    let value = matches.try_get_one::<String>(name).ok().flatten();
    value.is_some_and(|value| parse_bool(value) == Some(true))
}

/// `strconv.ParseBool`
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Meanings of the flags.
fn decode(matches: &ArgMatches) -> Result<BuildFlags, String> {
    for name in ["race", "msan", "asan", "cover", "json", "linkshared"] {
        if is_set(matches, name) {
            return Err(format!("rgo: -{name} is not supported"));
        }
    }
    let one = |name: &str| matches.get_one::<String>(name).cloned();
    for name in ["overlay", "toolexec", "covermode", "coverpkg"] {
        if one(name).is_some_and(|value| !value.is_empty()) {
            return Err(format!("rgo: -{name} is not supported"));
        }
    }
    let many = |name: &str| matches.get_many::<String>(name).map_or_else(Vec::new, |v| v.cloned().collect());
    if let Some(mode) = one("buildmode").filter(|mode| mode != "default" && mode != "exe") {
        const KNOWN: &[&str] = &["archive", "c-archive", "c-shared", "pie", "plugin", "shared"];
        return Err(match KNOWN.contains(&mode.as_str()) {
            true => format!("rgo: -buildmode={mode} is not supported"),
            false => format!("buildmode={mode} not supported"),
        });
    }
    if let Some(compiler) = one("compiler").filter(|compiler| compiler != "gc") {
        return Err(format!("unknown compiler {compiler:?}"));
    }
    let mod_mode = match one("mod").as_deref() {
        None | Some("") => ModMode::Auto,
        Some("readonly") => ModMode::Readonly,
        Some("mod") => ModMode::Mod,
        Some("vendor") => ModMode::Vendor,
        Some(other) => {
            return Err(format!("-mod={other} not supported (can be '', 'mod', 'readonly', or 'vendor')"));
        }
    };
    let parallelism = match one("p") {
        None => None,
        Some(text) => match text.parse::<usize>() {
            Ok(count) if count > 0 => Some(count),
            _ => return Err(format!("go: -p must be a positive integer: {text}")),
        },
    };
    let mut flags = BuildFlags {
        chdir: one("C").map(PathBuf::from),
        goroot: one("goroot").map(PathBuf::from),
        target: one("target"),
        // The last -tags wins, as for any flag of the go command; blanks separate as commas do.
        tags: many("tags").last().map_or_else(Vec::new, |list| {
            list.split([',', ' ']).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
        }),
        mod_mode,
        parallelism,
        trimpath: is_set(matches, "trimpath"),
        rebuild: is_set(matches, "a"),
        verbose: is_set(matches, "v"),
        explain: is_set(matches, "x") || is_set(matches, "n"),
        dry_run: is_set(matches, "n"),
        build_vcs: match one("buildvcs").as_deref() {
            None | Some("auto") => BuildVcs::Auto,
            Some(text) if parse_bool(text) == Some(true) => BuildVcs::Always,
            Some(_) => BuildVcs::Never,
        },
        mod_file: one("modfile").map(PathBuf::from),
        time: is_set(matches, "time"),
        dump: many("dump").last().map(|text| DumpRequest::parse(text)),
        ..BuildFlags::default()
    };
    for text in many("gcflags") {
        flags.compiler.add(&text).map_err(|e| format!("rgo: -gcflags: {e}"))?;
    }
    for text in many("ldflags") {
        flags.linker.add(&text).map_err(|e| format!("rgo: -ldflags: {e}"))?;
    }
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Command, Usage> {
        let mut environment = Environment::read();
        environment.goflags = "-mod=mod -nosuch".to_owned();
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>(), &environment)
    }

    #[test]
    fn flags_in_the_go_commands_spelling() {
        let Ok(Command::Build(build)) = parse_line("build -o x --ldflags=-s -v -trimpath=false -p 3 a.go -o")
        else {
            panic!()
        };
        assert_eq!(build.output.as_deref(), Some("x"));
        assert!(build.flags.verbose && !build.flags.trimpath && build.flags.linker.strip_symbols);
        assert_eq!((build.flags.parallelism, build.flags.mod_mode), (Some(3), ModMode::Mod));
        assert_eq!(build.packages, ["a.go", "-o"]);
    }

    #[test]
    fn run_splits_files_from_arguments() {
        let Ok(Command::Run(run)) = parse_line("run -v a.go b.go -x c.go") else { panic!() };
        assert_eq!((run.packages.len(), run.args.join(" ").as_str()), (2, "-x c.go"));
        let Ok(Command::Run(run)) = parse_line("run . -x") else { panic!() };
        assert_eq!((run.packages.join(" ").as_str(), run.args.join(" ").as_str()), (".", "-x"));
    }

    #[test]
    fn tool_compile() {
        let Ok(Command::ToolCompile(compile)) =
            parse_line("tool compile -e -p=q -lang go1.18 -o x.o a.go b.go")
        else {
            panic!()
        };
        assert_eq!((compile.import_path.as_deref(), compile.files.len()), (Some("q"), 2));
        assert!(compile.flags.compiler.all_errors && compile.flags.compiler.language == Some((1, 18)));
        assert!(
            matches!(parse_line("tool -n compile a.go"), Ok(Command::WhichTool(args)) if args.join(" ") == "a.go")
        );
    }

    #[test]
    fn wrong_usage() {
        for (line, start) in [
            ("build -zzz", "flag provided but not defined: -zzz\nusage: rgo build"),
            ("build -o", "flag needs an argument: -o\nusage: rgo build"),
            ("frob", "rgo frob: unknown command\nRun 'rgo help' for usage."),
            ("tool link x.o", "go: no such tool \"link\""),
            (
                "tool compile -nosuch a.go",
                "flag provided but not defined: -nosuch\nusage: rgo tool [-n] compile",
            ),
            ("build -p 0", "go: -p must be a positive integer: 0"),
        ] {
            let text = parse_line(line).unwrap_err().0;
            assert!(text.starts_with(start), "{line}: {text}");
        }
    }
}
