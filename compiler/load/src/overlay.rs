//! The overlay: rgo's own Go files that stand in for parts of the standard library (`rt/go`).
//!
//! In: the manifest and the files, in memory. Out: per package a `Rule`. The format is described in `rt/go/README.md`.
//! What a rule means for a package's file list is decided here (`Rule`), carried out in `discover` (choice of files) and
//! in `splice` (replacement of single declarations).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The overlay as read from `rt/go`.
#[derive(Debug, Default)]
pub struct Overlay {
    rules: BTreeMap<String, Rule>,
    /// Package → file name → text.
    files: BTreeMap<String, BTreeMap<String, Arc<[u8]>>>,
    always: Vec<String>,
}

/// How a package's files come about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Base {
    /// GOROOT's files, chosen as usual.
    Std,
    /// GOROOT's files, chosen for an architecture nobody names, with files added and removed by name.
    Generic { added: BTreeSet<String>, removed: BTreeSet<String> },
    /// The overlay's files and these of GOROOT.
    Replace { with_std: BTreeSet<String> },
}

/// The manifest's lines about one package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rule {
    pub base: Base,
    /// Overlay files whose declarations replace those of the same name.
    pub decl: BTreeSet<String>,
    /// Overlay files that are added as they are.
    pub add: BTreeSet<String>,
    /// The package is built with its assembly.
    pub native: bool,
}

/// A mistake in the overlay's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayError(pub String);

impl fmt::Display for OverlayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "overlay: {}", self.0)
    }
}

impl std::error::Error for OverlayError {}

impl Overlay {
    /// Builds an overlay from the manifest's text and all `.go` files as (path below `rt/go`, text).
    pub fn new<'a>(
        manifest: &str,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Overlay, OverlayError> {
        let mut overlay = Overlay::default();
        for (path, text) in files {
            let (package, name) =
                path.rsplit_once('/').ok_or_else(|| error(0, format!("stray file {path}")))?;
            overlay.files.entry(package.to_owned()).or_default().insert(name.to_owned(), text.into());
        }
        for (index, line) in manifest.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            overlay.directive(&words).map_err(|message| error(index + 1, message))?;
        }
        for (package, files) in &overlay.files {
            let rule = overlay
                .rules
                .get(package)
                .ok_or_else(|| error(0, format!("no line for package {package}")))?;
            if rule.base == Base::Std
                && let Some(file) =
                    files.keys().find(|file| !rule.decl.contains(*file) && !rule.add.contains(*file))
            {
                return Err(error(0, format!("no line for file {package}/{file}")));
            }
        }
        Ok(overlay)
    }

    fn directive(&mut self, words: &[&str]) -> Result<(), String> {
        let (verb, package, args) = match words {
            [] => return Ok(()),
            [verb, package, args @ ..] => (*verb, *package, args),
            [verb] => return Err(format!("{verb} without a package")),
        };
        let has_file = |name: &str| self.files.get(package).is_some_and(|files| files.contains_key(name));
        let rule = self.rules.entry(package.to_owned()).or_insert_with(|| Rule {
            base: Base::Std,
            decl: BTreeSet::new(),
            add: BTreeSet::new(),
            native: false,
        });
        match (verb, args) {
            ("always", []) => self.always.push(package.to_owned()),
            ("native", []) => rule.native = true,
            ("replace", args) => {
                let listed = match args {
                    [] => &[],
                    ["with-std", listed @ ..] if !listed.is_empty() => listed,
                    _ => return Err("expected: replace PKG [with-std FILE...]".to_owned()),
                };
                if rule.base == Base::Std {
                    rule.base = Base::Replace { with_std: BTreeSet::new() };
                }
                let Base::Replace { with_std } = &mut rule.base else {
                    return Err(format!("{package} cannot be both replace and generic"));
                };
                with_std.extend(listed.iter().map(|&file| file.to_owned()));
            }
            ("generic", args) => {
                if rule.base == Base::Std {
                    rule.base = Base::Generic { added: BTreeSet::new(), removed: BTreeSet::new() };
                }
                let Base::Generic { added, removed } = &mut rule.base else {
                    return Err(format!("{package} cannot be both replace and generic"));
                };
                for arg in args {
                    match (arg.strip_prefix('+'), arg.strip_prefix('-')) {
                        (Some(file), _) => added.insert(file.to_owned()),
                        (_, Some(file)) => removed.insert(file.to_owned()),
                        _ => return Err(format!("expected +FILE or -FILE, found {arg}")),
                    };
                }
            }
            ("decl" | "add", args) if !args.is_empty() => {
                for &file in args {
                    if !has_file(file) {
                        return Err(format!("{package}/{file} does not exist in the overlay"));
                    }
                    let set = if verb == "decl" { &mut rule.decl } else { &mut rule.add };
                    set.insert(file.to_owned());
                }
            }
            _ => return Err(format!("unknown or malformed directive: {}", words.join(" "))),
        }
        Ok(())
    }

    /// The rule for a package that the manifest mentions in other than an `always` line.
    pub(crate) fn rule(&self, package: &str) -> Option<&Rule> {
        self.rules.get(package)
    }

    /// The overlay's files of a package.
    pub(crate) fn files(&self, package: &str) -> impl Iterator<Item = (&String, &Arc<[u8]>)> {
        self.files.get(package).into_iter().flatten()
    }

    /// Whether the overlay alone can supply the package.
    pub(crate) fn supplies(&self, package: &str) -> bool {
        self.rules.get(package).is_some_and(|rule| matches!(rule.base, Base::Replace { .. }))
    }

    /// Packages that are part of every program, in the manifest's order.
    pub fn always(&self) -> &[String] {
        &self.always
    }
}

/// `line` 0: about the manifest as a whole.
fn error(line: usize, message: String) -> OverlayError {
    OverlayError(if line == 0 {
        format!("MANIFEST: {message}")
    } else {
        format!("MANIFEST:{line}: {message}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<(&'static str, &'static [u8])> {
        vec![
            ("runtime/a.go", b"package runtime"),
            ("math/stubs.go", b"package math"),
            ("reflect/abi.go", b""),
        ]
    }

    #[test]
    fn manifest() {
        let text = "# why\nreplace runtime with-std error.go\nreplace runtime with-std utf8.go # more\ngeneric math +x.go -y.go\ndecl reflect abi.go\nalways runtime\n";
        let overlay = Overlay::new(text, files()).unwrap();
        let Base::Replace { with_std } = &overlay.rule("runtime").unwrap().base else { panic!() };
        assert_eq!(with_std.len(), 2);
        assert!(
            matches!(&overlay.rule("math").unwrap().base, Base::Generic { added, .. } if added.contains("x.go"))
        );
        assert!(overlay.rule("reflect").unwrap().decl.contains("abi.go"));
        assert_eq!(overlay.always(), ["runtime"]);
    }

    #[test]
    fn mistakes() {
        let fails = |text| Overlay::new(text, files()).unwrap_err().0;
        assert_eq!(fails("replace runtime\ngeneric math\n"), "MANIFEST: no line for package reflect");
        assert_eq!(fails("decl reflect no.go"), "MANIFEST:1: reflect/no.go does not exist in the overlay");
        assert_eq!(fails("frob x"), "MANIFEST:1: unknown or malformed directive: frob x");
    }
}
