//! Reading `go.mod`, `go.work` and `vendor/modules.txt`.
//!
//! Only what loading needs is kept: module path, language version, requirements, replacements, exclusions and
//! `godebug` settings. Directives that say nothing about loading (`toolchain`, `retract`, `tool`, `ignore`) are accepted.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::version;

/// A module at a version.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct ModuleVersion {
    pub path: String,
    pub version: String,
}

/// The right side of a `replace`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Replacement {
    /// A directory, as written.
    Dir(String),
    Module(ModuleVersion),
}

/// A parsed go.mod.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct ModFile {
    pub module: String,
    /// Language version as (major, minor); absent lines mean go 1.16.
    pub go: Option<(u32, u32)>,
    /// The `go` line as written.
    pub go_text: String,
    pub require: Vec<ModuleVersion>,
    /// (path, version or "" for all versions) → replacement.
    pub replace: BTreeMap<(String, String), Replacement>,
    pub exclude: BTreeSet<ModuleVersion>,
    /// `key=value`
    pub godebug: Vec<String>,
    /// go.work: directories of the main modules, as written.
    pub uses: Vec<String>,
}

/// Which of the two files is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mod,
    Work,
}

impl ModFile {
    /// Parses `text`; errors read `go.mod:LINE: message`.
    pub(crate) fn parse(text: &str, shown: &str) -> Result<ModFile, Vec<String>> {
        ModFile::parse_kind(text, shown, Kind::Mod)
    }

    /// The same for go.work.
    pub(crate) fn parse_work(text: &str, shown: &str) -> Result<ModFile, Vec<String>> {
        ModFile::parse_kind(text, shown, Kind::Work)
    }

    fn parse_kind(text: &str, shown: &str, kind: Kind) -> Result<ModFile, Vec<String>> {
        let mut file = ModFile::default();
        let mut errors = Vec::new();
        let mut block: Option<String> = None;
        for (index, line) in text.lines().enumerate() {
            let mut fail = |message: String| errors.push(format!("{shown}:{}: {message}", index + 1));
            let words = match words(line) {
                Ok(words) => words,
                Err(message) => {
                    fail(message);
                    continue;
                }
            };
            let strs: Vec<&str> = words.iter().map(String::as_str).collect();
            let result = match (&block, strs.as_slice()) {
                (_, []) => Ok(()),
                (Some(_), [")"]) => {
                    block = None;
                    Ok(())
                }
                (Some(verb), args) => file.directive(kind, verb, args),
                (None, [verb, "("]) => {
                    block = Some((*verb).to_owned());
                    Ok(())
                }
                (None, [verb, args @ ..]) => file.directive(kind, verb, args),
            };
            if let Err(message) = result {
                fail(message);
            }
        }
        if let Some(verb) = block {
            errors.push(format!(
                "{shown}:{}: syntax error (unterminated block started by {verb})",
                text.lines().count()
            ));
        }
        if kind == Kind::Mod && file.module.is_empty() && errors.is_empty() {
            errors.push(format!("{shown}: no module declaration in go.mod. To specify the module path:\n\tgo mod edit -module=example.com/mod"));
        }
        if errors.is_empty() { Ok(file) } else { Err(errors) }
    }

    fn directive(&mut self, kind: Kind, verb: &str, args: &[&str]) -> Result<(), String> {
        let is_shared = matches!(verb, "go" | "replace" | "godebug" | "toolchain");
        if !is_shared && (kind == Kind::Work) != (verb == "use") {
            return Err(format!("unknown directive: {verb}"));
        }
        match (verb, args) {
            ("use", [dir]) => self.uses.push((*dir).to_owned()),
            ("module", [path]) => self.module = (*path).to_owned(),
            ("go", [version]) => {
                let parsed = parse_go_version(version)
                    .ok_or_else(|| format!("invalid go version '{version}': must match format 1.23.0"))?;
                self.go = Some(parsed);
                self.go_text = (*version).to_owned();
            }
            ("require", [path, version]) if !version::is_canonical(version) => {
                return Err(format!(
                    "require {path}: version {version:?} is no complete version (v1.2.3); the go command can look it up"
                ));
            }
            ("require", [path, version]) => self.require.push(module_version(path, version)),
            ("exclude", [path, version]) => {
                self.exclude.insert(module_version(path, version));
            }
            ("replace", [old, rest @ ..]) => {
                let (version, target) = match rest {
                    ["=>", target @ ..] => ("", target),
                    [version, "=>", target @ ..] => (*version, target),
                    _ => {
                        return Err(format!(
                            "usage: replace module/path [v1.2.3] => other/module v1.4\n\t or replace module/path [v1.2.3] => ../local/directory (in {verb} {})",
                            args.join(" ")
                        ));
                    }
                };
                let new = match target {
                    [dir] if is_dir_path(dir) => Replacement::Dir((*dir).to_owned()),
                    [path, version] => Replacement::Module(module_version(path, version)),
                    [_] => return Err("replacement module without version must be directory path (rooted path or starting with . or ..)".to_owned()),
                    _ => return Err("usage: replace module/path [v1.2.3] => other/module v1.4".to_owned()),
                };
                self.replace.insert(((*old).to_owned(), version.to_owned()), new);
            }
            ("godebug", [setting]) => self.godebug.push((*setting).to_owned()),
            ("toolchain" | "tool" | "ignore", [_]) | ("retract", [_, ..]) => {}
            ("module" | "go" | "require" | "exclude" | "replace" | "godebug" | "toolchain" | "use", _) => {
                return Err(format!("usage: {verb} with {} arguments is malformed", args.len()));
            }
            _ => return Err(format!("unknown directive: {verb}")),
        }
        Ok(())
    }

    /// The replacement of `module`, if any: an exact version wins over a line without version.
    pub(crate) fn replacement(&self, module: &ModuleVersion) -> Option<&Replacement> {
        let exact = (module.path.clone(), module.version.clone());
        self.replace.get(&exact).or_else(|| self.replace.get(&(module.path.clone(), String::new())))
    }
}

/// `1.22`, `1.22.3`, `1.23rc1` → (1, 22).
pub(crate) fn parse_go_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?;
    let digits = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
    Some((major, minor[..digits].parse().ok()?))
}

/// One package list of `vendor/modules.txt`: package → module, with the module's go version.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct VendorList {
    pub packages: BTreeMap<String, ModuleVersion>,
    pub go_versions: BTreeMap<String, (u32, u32)>,
    pub explicit: BTreeMap<String, String>,
    /// Module path → what replaces it (a directory has no version).
    pub replaced: BTreeMap<String, ModuleVersion>,
}

impl VendorList {
    pub(crate) fn parse(text: &str) -> VendorList {
        let mut list = VendorList::default();
        let mut current: Option<ModuleVersion> = None;
        for line in text.lines() {
            if let Some(notes) = line.strip_prefix("## ") {
                let Some(module) = &current else { continue };
                for note in notes.split(';').map(str::trim) {
                    if note == "explicit" {
                        list.explicit.insert(module.path.clone(), module.version.clone());
                    } else if let Some(version) = note.strip_prefix("go ").and_then(parse_go_version) {
                        list.go_versions.insert(module.path.clone(), version);
                    }
                }
            } else if let Some(header) = line.strip_prefix("# ") {
                let words: Vec<&str> = header.split_whitespace().collect();
                current = match words.as_slice() {
                    [path, version, rest @ ..] if *version != "=>" => {
                        if let ["=>", target @ ..] = rest
                            && let [new, ..] = target
                        {
                            let version = target.get(1).copied().unwrap_or_default();
                            list.replaced.insert((*path).to_owned(), module_version(new, version));
                        }
                        Some(module_version(path, version))
                    }
                    _ => None,
                };
            } else if let Some(module) = &current
                && !line.trim().is_empty()
            {
                list.packages.insert(line.trim().to_owned(), module.clone());
            }
        }
        list
    }
}

/// Whether a replacement's target is a directory rather than a module path.
fn is_dir_path(text: &str) -> bool {
    text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") || text.starts_with('/')
}

fn module_version(path: &str, version: &str) -> ModuleVersion {
    ModuleVersion { path: path.to_owned(), version: version.to_owned() }
}

/// Words of a line; quotes group, `//` starts a comment, parentheses stand alone.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() && !rest.starts_with("//") {
        let len = match rest.as_bytes()[0] {
            quote @ (b'"' | b'`') => {
                let end = rest[1..].find(char::from(quote)).ok_or("unterminated quoted string")?;
                out.push(rest[1..=end].to_owned());
                end + 2
            }
            b'(' | b')' | b',' => {
                out.push(rest[..1].to_owned());
                1
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "(),".contains(c)).unwrap_or(rest.len());
                let end = rest
                    .find("//")
                    .filter(|&at| at > 0 && at < end && rest[..at].ends_with(' '))
                    .unwrap_or(end);
                out.push(rest[..end].to_owned());
                end
            }
        };
        rest = rest[len..].trim_start();
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_mod() {
        let text = "module example.com/m // main\n\ngo 1.22.3\n\nrequire (\n\ta.com/x v1.0.0 // indirect\n\tb.com/y v0.1.0\n)\nreplace a.com/x => ../x\nreplace b.com/y v0.1.0 => c.com/y v0.2.0\nretract [v1.0.0, v1.1.0]\ntoolchain go1.23.0\n";
        let file = ModFile::parse(text, "go.mod").unwrap();
        assert_eq!((file.module.as_str(), file.go), ("example.com/m", Some((1, 22))));
        assert_eq!(file.require.len(), 2);
        assert_eq!(file.replacement(&file.require[0]), Some(&Replacement::Dir("../x".into())));
        assert_eq!(
            file.replacement(&file.require[1]),
            Some(&Replacement::Module(module_version("c.com/y", "v0.2.0")))
        );
    }

    #[test]
    fn go_mod_errors_name_the_line() {
        let errors = ModFile::parse("module m\nfrobnicate x\ngo one\n", "go.mod").unwrap_err();
        assert_eq!(
            errors,
            [
                "go.mod:2: unknown directive: frobnicate",
                "go.mod:3: invalid go version 'one': must match format 1.23.0"
            ]
        );
    }

    #[test]
    fn modules_txt() {
        let list = VendorList::parse(
            "# a.com/x v1.0.0\n## explicit; go 1.20\na.com/x\na.com/x/sub\n# b.com/y v0.1.0 => ../y\n## explicit\nb.com/y\n",
        );
        assert_eq!(list.packages["a.com/x/sub"].path, "a.com/x");
        assert_eq!(list.go_versions["a.com/x"], (1, 20));
        assert!(list.packages.contains_key("b.com/y"));
    }
}
