//! Go's own regression tests: the `test/` directory of the Go source tree, run with rgo (or with gc, to check this runner).
//!
//! A *case* is a `.go` file whose first line that is no build constraint is its *recipe*: an action (`run`, `compile`,
//! `errorcheck`, ...) and flags. What each means is defined by `cmd/internal/testdir` in GOROOT; [`recipe`] reads it,
//! [`carry_out`] does it, [`expect`] compares messages with the `ERROR` comments of the source. A case that looks at gc's
//! internals does not apply ([`applies`]), which is decided from what the case contains, never from its name.
//!
//! What leaves is a [`Verdict`] for each case. [`ledger`] compares the verdicts with the list of known failures.

pub mod applies;
pub mod carry_out;
pub mod constraint;
pub mod directory;
pub mod expect;
pub mod ledger;
pub mod pattern;
pub mod recipe;
pub mod toolchain;

use std::path::{Path, PathBuf};

use recipe::Recipe;

/// The folders below `test/` that hold cases, as testdir lists them.
const FOLDERS: [&str; 14] = [
    "",
    "ken",
    "chan",
    "interface",
    "internal/runtime/sys",
    "syntax",
    "dwarf",
    "fixedbugs",
    "codegen",
    "abi",
    "typeparam",
    "typeparam/mdempsky",
    "arenas",
    "simd",
];

/// One test.
#[derive(Debug, Clone)]
pub struct Case {
    /// Path below `test/`, with slashes.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    pub source: String,
    pub recipe: Result<Recipe, String>,
}

/// What a case came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// Why.
    Failed(String),
    /// By which rule.
    DoesNotApply(&'static str),
}

impl Case {
    fn read(name: String, path: PathBuf) -> Result<Case, String> {
        let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let source = String::from_utf8_lossy(&bytes).into_owned();
        let recipe = Recipe::parse(&source);
        Ok(Case { name, path, source, recipe })
    }

    /// The action's name; empty if there is no recipe.
    pub fn action(&self) -> &str {
        self.recipe.as_ref().map_or("", |recipe| recipe.action.as_str())
    }

    /// The folder that belongs to the case: `x.dir` for `x.go`.
    pub fn dir(&self) -> PathBuf {
        self.path.with_extension("dir")
    }

    /// The name of the file.
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}

/// Every case below `root`, sorted by name.
pub fn discover(root: &Path) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for entry in entries.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if file.starts_with('.') || !file.ends_with(".go") || entry.path().is_dir() {
                continue;
            }
            let name = if folder.is_empty() { file } else { format!("{folder}/{file}") };
            cases.push(Case::read(name, entry.path())?);
        }
    }
    if cases.is_empty() {
        return Err(format!("{}: no tests", root.display()));
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}
