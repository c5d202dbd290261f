//! What is wrong with a closure, worded and ordered as the go command does: packages depth first, imports sorted.

use std::collections::BTreeSet;
use std::path::Path;

use rgo_source::Name;

use crate::discover::{Closure, Discovered, Resolution, Unit};
use crate::load::{BrokenImports, shown_position};
use crate::paths;
use crate::scan::{ScanError, Selection, SourceFile};

/// All messages; empty when the closure can be compiled.
/// Imports in `broken` are reported by others.
pub(crate) fn report(closure: &Closure, broken: &BrokenImports, working_dir: &Path) -> Vec<String> {
    let mut reporter = Reporter {
        closure,
        broken,
        working_dir,
        state: vec![State::New; closure.units.len()],
        stack: Vec::new(),
        seen: BTreeSet::new(),
        messages: Vec::new(),
    };
    for &root in closure.roots.iter().chain(&closure.always) {
        reporter.visit(root, None);
    }
    reporter.messages
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

struct Reporter<'a> {
    closure: &'a Closure,
    broken: &'a BrokenImports,
    working_dir: &'a Path,
    state: Vec<State>,
    /// Open packages with the file that imports each (the first has none).
    stack: Vec<(Unit, Option<String>)>,
    seen: BTreeSet<String>,
    messages: Vec<String>,
}

impl<'a> Reporter<'a> {
    /// `from`: the importing file's name and the position of the import, as shown.
    fn visit(&mut self, unit: Unit, from: Option<(&str, &str)>) {
        let found = &self.closure.units[unit];
        if self.state[unit] == State::Open {
            let mut text = self.import_stack();
            let file = from.map_or("", |(file, _)| file);
            text.push_str(&format!(
                "\n\timports {} from {file}: import cycle not allowed",
                found.location.import_path
            ));
            self.say(text);
            return;
        }
        if self.state[unit] == State::Done {
            return;
        }
        self.state[unit] = State::Open;
        self.stack.push((unit, from.map(|(file, _)| file.to_owned())));
        match &found.scanned {
            Err(error) => self.scan_error(found, error, from.map(|(_, pos)| pos)),
            Ok(_) => self.imports(unit),
        }
        self.stack.pop();
        self.state[unit] = State::Done;
    }

    fn imports(&mut self, unit: Unit) {
        let closure = self.closure;
        let found = &closure.units[unit];
        let mut forbidden = Vec::new();
        let broken = self.broken.get(&unit);
        for (path, resolution) in &found.imports {
            if broken.is_some_and(|broken| broken.contains_key(&Name::new(path))) {
                continue;
            }
            let Some((file, at)) = first_import(found, path) else { continue };
            let pos = self.position(file, at);
            let target = match resolution {
                Resolution::Failed(message) => {
                    self.say(format!("{pos}: {message}"));
                    continue;
                }
                Resolution::Package(target) => *target,
            };
            self.visit(target, Some((&file.name, &pos)));
            let imported = &closure.units[target];
            if self.violates_internal(found, imported) {
                let path = &imported.location.import_path;
                forbidden.push(format!("\n\t{pos}: use of internal package {path} not allowed"));
            }
            // Tests of a program stand beside it and in its test program.
            let is_test = found.location.selection != Selection::Package;
            if !is_test && imported.scanned.as_ref().is_ok_and(|scanned| scanned.name == "main") {
                let path = &imported.location.import_path;
                self.say(format!("{pos}: import \"{path}\" is a program, not an importable package"));
            }
        }
        for text in forbidden {
            let stack = self.import_stack();
            self.say(stack + &text);
        }
    }

    fn scan_error(&mut self, found: &Discovered, error: &ScanError, pos: Option<&str>) {
        let dir = found.location.dir.display();
        let path = &found.location.import_path;
        let text = match (error, pos) {
            (ScanError::Missing, None) => format!("no Go files in {dir}"),
            (ScanError::Missing, Some(_)) if found.location.is_std => {
                format!("package {path} is not in std ({dir})")
            }
            (ScanError::Missing, Some(_)) => format!("no required module provides package {path}"),
            (ScanError::Excluded, None) => {
                format!("package {path}: build constraints exclude all Go files in {dir}")
            }
            (ScanError::Excluded, Some(_)) => format!("build constraints exclude all Go files in {dir}"),
            (ScanError::OnlyTests, _) => format!("no non-test Go files in {dir}"),
            (ScanError::Other(message) | ScanError::Header(message), _) => message.clone(),
        };
        match (pos, error) {
            (None, _) => self.say(text),
            (Some(_), ScanError::Header(_)) => self.say(text),
            (Some(_), ScanError::Other(message)) if message.contains("//go:build line") => self.say(text),
            (Some(pos), _) => self.say(format!("{pos}: {text}")),
        }
    }

    /// `internal` packages may be imported only from the tree rooted at the parent of `internal`.
    fn violates_internal(&self, importer: &Discovered, imported: &Discovered) -> bool {
        let path = &imported.location.import_path;
        let Some(parent) = paths::internal_parent(path) else { return false };
        if imported.location.is_std && importer.location.is_std {
            return false;
        }
        // For GOROOT's own commands, and for a package made of named files, it counts where their directory stands.
        if imported.location.is_std || importer.location.named_files.is_some() {
            let root = strip_below(&imported.location.dir, path, parent);
            return !root.is_some_and(|root| importer.location.dir.starts_with(root));
        }
        paths::below_import(&importer.location.import_path, parent).is_none()
    }

    /// `package a` and a line `imports b from f.go` for each further open package.
    fn import_stack(&self) -> String {
        let mut text = String::new();
        for (unit, file) in &self.stack {
            let path = &self.closure.units[*unit].location.import_path;
            match file {
                None => text.push_str(&format!("package {path}")),
                Some(file) => text.push_str(&format!("\n\timports {path} from {file}")),
            }
        }
        text
    }

    fn position(&self, file: &SourceFile, offset: usize) -> String {
        shown_position(file, offset, self.working_dir)
    }

    fn say(&mut self, message: String) {
        if self.seen.insert(message.clone()) {
            self.messages.push(message);
        }
    }
}

fn first_import<'a>(found: &'a Discovered, path: &str) -> Option<(&'a SourceFile, usize)> {
    found.scanned.as_ref().ok()?.files.iter().find_map(|file| {
        let import = file.header.imports.iter().find(|import| import.path == path)?;
        Some((file, import.start))
    })
}

/// The directory of import path `parent`, given that `path` (below it) lies in `dir`.
fn strip_below<'a>(dir: &'a Path, path: &str, parent: &str) -> Option<&'a Path> {
    let below = path[parent.len()..].trim_start_matches('/').split('/').count();
    dir.ancestors().nth(below)
}
