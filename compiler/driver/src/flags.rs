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
    /// `-v`: names of packages as they are compiled.
    pub verbose: bool,
    /// `-x`: what is done.
    pub explain: bool,
    pub time: bool,
    pub dump: Option<DumpRequest>,
    pub compiler: CompilerFlags,
    pub linker: LinkerFlags,
}

/// `-gcflags`
#[derive(Clone, Default, Debug)]
pub(crate) struct CompilerFlags {
    /// `-e`: no limit on the number of errors.
    pub all_errors: bool,
    /// `-m`: print optimisation decisions; the count of `-m`s.
    pub decisions: u32,
    /// `-N`: no optimisation.
    pub no_optimization: bool,
    /// `-l`: no inlining.
    pub no_inlining: bool,
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
    pub external: bool,
    /// `-extld`: the external linker.
    pub external_linker: Option<String>,
    pub external_flags: Vec<String>,
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
        for word in quoted::split(list)? {
            match word.trim_start_matches('-') {
                "e" => self.all_errors = true,
                "m" => self.decisions += 1,
                "N" => self.no_optimization = true,
                "l" => self.no_inlining = true,
                level if level.strip_prefix("m=").is_some_and(|n| n.parse::<u32>().is_ok()) => {
                    self.decisions += level[2..].parse::<u32>().unwrap_or(1);
                }
                // Strictness and caching flags of gc that change nothing here.
                "complete" | "pack" | "B" => {}
                _ => return Err(format!("flag provided but not defined: {word}")),
            }
        }
        Ok(())
    }
}

impl LinkerFlags {
    /// Adds the flags of one `-ldflags` argument.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), String> {
        let list = match text.split_once('=') {
            Some((pattern, list)) if !text.starts_with('-') && !pattern.contains(' ') => list,
            _ => text,
        };
        let mut words = quoted::split(list)?.into_iter();
        while let Some(word) = words.next() {
            let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).unwrap_or(&word);
            let (name, value) = flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v.to_owned())));
            let mut value = || match value.clone().or_else(|| words.next()) {
                Some(value) => Ok(value),
                None => Err(format!("flag needs an argument: -{name}")),
            };
            match name {
                "s" => self.strip_symbols = true,
                "w" => self.strip_debug = true,
                "X" => {
                    let setting = value()?;
                    let (symbol, text) = setting.split_once('=').ok_or_else(|| {
                        "-X flag requires argument of the form importpath.name=value".to_owned()
                    })?;
                    self.set_strings.push((symbol.to_owned(), text.to_owned()));
                }
                "linkmode" => match value()?.as_str() {
                    "internal" | "auto" => self.external = false,
                    "external" => self.external = true,
                    mode => {
                        return Err(format!("invalid value {mode:?} for flag -linkmode: unknown link mode"));
                    }
                },
                "extld" => self.external_linker = Some(value()?),
                "extldflags" => self.external_flags.extend(quoted::split(&value()?)?),
                "buildid" | "B" => {
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
        assert_eq!(flags.add("-foo").unwrap_err(), "flag provided but not defined: -foo");
    }

    #[test]
    fn compiler_flags_and_dumps() {
        let mut flags = CompilerFlags::default();
        flags.add("all=-N -l -m -m").unwrap();
        assert!(flags.no_optimization && flags.no_inlining && flags.decisions == 2);
        let dump = DumpRequest::parse("opt:inline@main.main");
        assert_eq!((dump.stage.as_str(), dump.pass.as_deref()), ("opt", Some("inline")));
        assert!(dump.wants("main.main") && !dump.wants("main.f"));
    }
}
