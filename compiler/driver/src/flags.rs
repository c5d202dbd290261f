//! What the build flags say, decoded.

use std::path::PathBuf;

use rgo_load::ModMode;

use crate::quoted;

/// Flags shared by `build` and `run`.
#[derive(Clone, Default, Debug)]
pub(crate) struct BuildFlags {
    pub chdir: Option<PathBuf>,
    pub goroot: Option<PathBuf>,
    pub target: Option<String>,
    pub tags: Vec<String>,
    pub mod_mode: ModMode,
    pub parallelism: Option<usize>,
    pub trimpath: bool,
    /// `-a`: nothing from the cache.
    pub rebuild: bool,
    /// `-v`: names of packages as they are compiled.
    pub verbose: bool,
    /// `-x`: what is done.
    pub explain: bool,
    /// `-n`: only say what would be done.
    pub dry_run: bool,
    pub build_vcs: BuildVcs,
    /// `-modfile`: read instead of go.mod.
    pub mod_file: Option<PathBuf>,
    pub time: bool,
    pub dump: Option<DumpRequest>,
    pub compiler: CompilerFlags,
    pub linker: LinkerFlags,
}

/// `-buildvcs`: whether the build information has the state of the version control.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum BuildVcs {
    /// When its tool is there and knows the main package's directory.
    #[default]
    Auto,
    Always,
    Never,
}

/// `-gcflags`
#[derive(Clone, Default, Debug)]
pub(crate) struct CompilerFlags {
    /// `-e`: no limit on the number of errors.
    pub all_errors: bool,
    /// `-complete`: the package has no assembly (to `tool compile`; the go command finds out).
    pub complete: bool,
    /// `-C`: positions without columns.
    pub no_columns: bool,
    /// `-lang`: the language version of the packages named on the command line.
    pub language: Option<(u32, u32)>,
    /// `-race` of the compiler: `-m` says what a program for the race detector would be like.
    pub race: bool,
    /// `-l=4`: calls in inlined functions cost next to nothing.
    pub more_inlining: bool,
    /// `-m`: print optimisation decisions; the count of `-m`s.
    pub decisions: u32,
    /// `-N`: no optimisation.
    pub no_optimization: bool,
    /// `-l`: no inlining.
    pub no_inlining: bool,
    /// As written, for the build information.
    pub text: String,
}

/// `-ldflags`
#[derive(Clone, Default, Debug)]
pub(crate) struct LinkerFlags {
    /// `-s`: no symbol table (and no debug information).
    pub strip_symbols: bool,
    /// `-w`: no debug information.
    pub strip_debug: bool,
    /// `-X`: (symbol, value).
    pub set_strings: Vec<(String, String)>,
    /// `-checklinkname=0`: references by linkname are not looked at.
    pub any_linkname: bool,
    /// `-k`: the variable that gets the list of tracked fields.
    pub tracked_fields: Option<String>,
    pub external: bool,
    /// `-extld`: the external linker.
    pub external_linker: Option<String>,
    pub external_flags: Vec<String>,
    /// As written, for the build information.
    pub text: String,
}

/// `--dump=STAGE[:PASS][@FUNC]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DumpRequest {
    pub stage: String,
    pub pass: Option<String>,
    pub func: Option<String>,
}

impl DumpRequest {
    pub(crate) fn parse(text: &str) -> DumpRequest {
        let (rest, func) = text.split_once('@').map_or((text, None), |(rest, func)| (rest, Some(func)));
        let (stage, pass) = rest.split_once(':').map_or((rest, None), |(stage, pass)| (stage, Some(pass)));
        DumpRequest { stage: stage.to_owned(), pass: pass.map(str::to_owned), func: func.map(str::to_owned) }
    }

    /// Whether the request wants this function; functions are named as in symbols.
    pub(crate) fn wants(&self, func: &str) -> bool {
        self.func.as_deref().is_none_or(|wanted| wanted == func)
    }
}

impl CompilerFlags {
    /// Adds the flags of one `-gcflags` argument (`[pattern=]flags`; any pattern counts for the whole program).
    pub(crate) fn add(&mut self, text: &str) -> Result<(), String> {
        let list = match text.split_once('=') {
            Some((pattern, list)) if !text.starts_with('-') && !pattern.contains(' ') => list,
            _ => text,
        };
        self.text = text.to_owned();
        self.add_words(&mut quoted::split(list)?.into_iter(), usize::MAX)
    }

    /// Adds up to `limit` flags from words that are already separate.
    pub(crate) fn add_words(
        &mut self,
        words: &mut dyn Iterator<Item = String>,
        limit: usize,
    ) -> Result<(), String> {
        for _ in 0..limit {
            let Some(word) = words.next() else { break };
            let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).unwrap_or(&word);
            let (name, value) = flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v.to_owned())));
            let is_on = || !matches!(value.as_deref(), Some("false" | "0"));
            let count = || value.as_deref().map_or(Ok(1), str::parse::<u32>);
            let invalid =
                || format!("invalid value {:?} for flag -{name}", value.as_deref().unwrap_or_default());
            match name {
                "e" => self.all_errors = is_on(),
                "C" => self.no_columns = is_on(),
                "m" => self.decisions += count().map_err(|_| invalid())?,
                "N" => self.no_optimization = is_on(),
                // A level above 1 makes gc inline more.
                "l" => {
                    let level = count().map_err(|_| invalid())?;
                    (self.no_inlining, self.more_inlining) = (level == 1, level == 4);
                }
                "lang" => {
                    let text = value.clone().or_else(|| words.next());
                    let text = text.ok_or("flag needs an argument: -lang")?;
                    self.language = Some(language(&text)?);
                }
                // Strictness, concurrency, caching and self-checks of gc that change nothing here.
                "complete" => self.complete = is_on(),
                "pack" | "B" | "c" | "d" | "std" | "dynlink" | "shared" | "smallframes" => {}
                _ => return Err(format!("flag provided but not defined: -{name}")),
            }
        }
        Ok(())
    }
}

/// The version in `-lang=go1.N`.
fn language(text: &str) -> Result<(u32, u32), String> {
    let minor = text.strip_prefix("go1.").and_then(|minor| minor.parse::<u32>().ok());
    match minor {
        Some(minor) if minor <= GO_MINOR => Ok((1, minor)),
        Some(_) => Err(format!("invalid value {text:?} for -lang: max known version is \"go1.{GO_MINOR}\"")),
        None => Err(format!("invalid value {text:?} for -lang: should be something like \"go1.12\"")),
    }
}

/// The newest language version that rgo knows.
const GO_MINOR: u32 = 27;

impl LinkerFlags {
    /// Adds the flags of one `-ldflags` argument.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), String> {
        let list = match text.split_once('=') {
            Some((pattern, list)) if !text.starts_with('-') && !pattern.contains(' ') => list,
            _ => text,
        };
        self.text = text.to_owned();
        let mut words = quoted::split(list)?.into_iter();
        while let Some(word) = words.next() {
            let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).unwrap_or(&word);
            let (name, value) = flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v.to_owned())));
            let is_on = !matches!(value.as_deref(), Some("false" | "0" | "f"));
            let mut value = || match value.clone().or_else(|| words.next()) {
                Some(value) => Ok(value),
                None => Err(format!("flag needs an argument: -{name}")),
            };
            match name {
                "s" => self.strip_symbols = is_on,
                "w" => self.strip_debug = is_on,
                "X" => {
                    let setting = value()?;
                    let (symbol, text) = setting.split_once('=').ok_or_else(|| {
                        "-X flag requires argument of the form importpath.name=value".to_owned()
                    })?;
                    self.set_strings.push((symbol.to_owned(), text.to_owned()));
                }
                "checklinkname" => self.any_linkname = !is_on,
                "k" => self.tracked_fields = Some(value()?),
                "linkmode" => match value()?.as_str() {
                    "internal" | "auto" => self.external = false,
                    "external" => self.external = true,
                    mode => {
                        return Err(format!("invalid value {mode:?} for flag -linkmode: unknown link mode"));
                    }
                },
                "extld" => self.external_linker = Some(value()?),
                "extldflags" => self.external_flags.extend(quoted::split(&value()?)?),
                // Symbols are never given twice, since programs are compiled as a whole.
                "buildid" | "B" | "strictdups" => {
                    value()?;
                }
                _ => return Err(format!("flag provided but not defined: -{name}")),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linker_flags() {
        let mut flags = LinkerFlags::default();
        flags.add("-s -w -X main.v=1 '-X=a/b.c=x y' -linkmode=external -extld ld").unwrap();
        assert!(flags.strip_symbols && flags.strip_debug && flags.external);
        assert_eq!(flags.set_strings[1], ("a/b.c".to_owned(), "x y".to_owned()));
        assert_eq!(flags.external_linker.as_deref(), Some("ld"));
        flags.add("-w=0 -strictdups=2").unwrap();
        assert!(!flags.strip_debug);
        assert_eq!(flags.add("-foo").unwrap_err(), "flag provided but not defined: -foo");
    }

    #[test]
    fn compiler_flags_and_dumps() {
        let mut flags = CompilerFlags::default();
        flags.add("all=-N -l -m -m").unwrap();
        assert!(flags.no_optimization && flags.no_inlining && flags.decisions == 2);
        flags.add("-lang=go1.17 -C -d=panic -l=4 -m=2").unwrap();
        assert!(
            flags.language == Some((1, 17)) && flags.no_columns && !flags.no_inlining && flags.decisions == 4
        );
        assert!(flags.add("-lang=go1.99").unwrap_err().contains("max known version"));
        assert!(flags.add("-lang=1").is_err() && flags.add("-nosuch").is_err() && flags.add("-m=x").is_err());
        let dump = DumpRequest::parse("opt:inline@main.main");
        assert_eq!((dump.stage.as_str(), dump.pass.as_deref()), ("opt", Some("inline")));
        assert!(dump.wants("main.main") && !dump.wants("main.f"));
    }
}
