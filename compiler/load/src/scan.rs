//! One directory → the files that make up its package in this build, headers scanned.
//!
//! Here constraints, the overlay and generated files of std meet. What leaves is final: later steps only parse.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::constraint;
use crate::disk::{Disk, Which};
use crate::generated;
use crate::header::{self, Header};
use crate::modules::ModuleInfo;
use crate::overlay::{Base, Overlay};
use crate::paths;
use crate::tags::Tags;

/// Where a package comes from and how it is treated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Location {
    pub import_path: String,
    pub dir: PathBuf,
    pub is_std: bool,
    pub in_main_module: bool,
    pub go_version: (u32, u32),
    /// Files named on the command line: exactly these, constraints not asked.
    pub named_files: Option<Vec<String>>,
    /// Found by a pattern with `...`: passed over silently when constraints leave no file.
    pub by_pattern: bool,
    /// The module that provides it; none for std and for files named without a module.
    pub module: Option<ModuleInfo>,
    pub selection: Selection,
}

/// Which of a directory's files are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) enum Selection {
    /// The package.
    #[default]
    Package,
    /// The package and the test files that belong to it.
    WithTests,
    /// Test files of the package's external test package.
    ExternalTests,
    /// None; this text is the package.
    Generated(Arc<[u8]>),
}

/// How a file takes part in its package.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// As it is.
    Whole,
    /// An overlay file whose declarations displace those of the other files.
    Displacing,
}

/// A chosen file.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    pub name: String,
    pub path: PathBuf,
    pub text: Arc<[u8]>,
    pub header: Header,
    pub role: Role,
}

/// A chosen file of assembly.
#[derive(Clone, Debug)]
pub(crate) struct AssemblyFile {
    pub path: PathBuf,
    pub text: Arc<[u8]>,
}

/// A package's chosen files.
#[derive(Clone, Debug)]
pub(crate) struct Scanned {
    pub name: String,
    pub files: Vec<SourceFile>,
    pub assembly: Vec<AssemblyFile>,
}

/// What the scan of a directory depends on besides the directory.
pub(crate) struct Scan<'a> {
    pub overlay: &'a Overlay,
    pub tags: &'a Tags,
    pub pure_tags: &'a Tags,
    pub generic_tags: &'a Tags,
    pub goroot: &'a Path,
    pub working_dir: &'a Path,
    pub disk: &'a Disk,
    /// See `Config::as_compiler`.
    pub as_compiler: bool,
}

/// Why a directory holds no package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ScanError {
    /// There is no such directory, or nothing in it looks like Go.
    Missing,
    /// All Go files are excluded by constraints.
    Excluded,
    /// Only test files.
    OnlyTests,
    /// Complete message.
    Other(String),
    /// Complete message with the position in the file.
    Header(String),
}

impl Scan<'_> {
    /// Chooses and reads the files of the package at `location`.
    pub(crate) fn package(&self, location: &Location) -> Result<Scanned, ScanError> {
        let mut out = Chosen::default();
        match &location.selection {
            Selection::Package => {}
            Selection::WithTests => {
                match self.package(&Location { selection: Selection::Package, ..location.clone() }) {
                    Ok(scanned) => {
                        out.files = scanned.files;
                        out.assembly = scanned.assembly;
                    }
                    Err(ScanError::OnlyTests) => out.only_tests = true,
                    Err(ScanError::Excluded) => out.excluded = true,
                    Err(error) => return Err(error),
                }
                self.tests(location, false, &mut out)?;
                return self.finish(location, out);
            }
            Selection::ExternalTests => {
                self.tests(location, true, &mut out)?;
                return self.finish(location, out);
            }
            Selection::Generated(text) => {
                let name = "_testmain.go";
                out.files.push(self.file(name, location.dir.join(name), Arc::clone(text), Role::Whole)?);
                return self.finish(location, out);
            }
        }
        let rule = location.is_std.then(|| self.overlay.rule(&location.import_path)).flatten();
        if let Some(names) = &location.named_files {
            for name in names {
                // Test files are named together with the package only to be tested.
                if names.len() > 1 && name.ends_with("_test.go") {
                    out.only_tests = true;
                    continue;
                }
                let path = location.dir.join(name);
                let text = self.read(&path)?;
                out.files.push(self.file(name, path, text, Role::Whole)?);
            }
            return self.finish(location, out);
        }
        let mut taken: BTreeSet<String> = BTreeSet::new();
        if let Some(rule) = rule {
            for (name, text) in self.overlay.files(&location.import_path) {
                let role = if rule.decl.contains(name) { Role::Displacing } else { Role::Whole };
                let file = self.file(name, location.dir.join(name), Arc::clone(text), role)?;
                taken.insert(name.clone());
                if self.tags.allow_name(name) && self.allows(&file, self.tags)? {
                    out.files.push(file);
                }
            }
        }
        match rule.map(|rule| &rule.base) {
            Some(Base::Replace { with_std }) => {
                for name in with_std.difference(&taken) {
                    let path = location.dir.join(name);
                    let text = self.read(&path)?;
                    out.files.push(self.file(name, path, text, Role::Whole)?);
                }
            }
            Some(Base::Generic { added, removed }) => {
                taken.extend(removed.iter().cloned());
                self.directory(location, self.generic_tags, &taken, added, &mut out)?;
            }
            Some(Base::Std) | None => {
                self.directory(location, self.tags_of(location), &taken, &BTreeSet::new(), &mut out)?;
            }
        }
        self.finish(location, out)
    }

    /// Packages of std do without assembly unless the overlay says otherwise.
    fn tags_of(&self, location: &Location) -> &Tags {
        let rule = self.overlay.rule(&location.import_path);
        match location.is_std && !rule.is_some_and(|rule| rule.native) {
            true => self.pure_tags,
            false => self.tags,
        }
    }

    /// Whether there is any file for this target, tests included.
    pub(crate) fn all_files(&self, location: &Location) -> Result<(), ScanError> {
        let select = |selection| Location { selection, ..location.clone() };
        match self.package(&select(Selection::WithTests)) {
            Err(ScanError::Excluded | ScanError::OnlyTests) => {
                self.package(&select(Selection::ExternalTests)).map(drop).map_err(|_| ScanError::Excluded)
            }
            _ => Ok(()),
        }
    }

    /// Adds the test files of the package, or those of its external test package.
    fn tests(&self, location: &Location, external: bool, out: &mut Chosen) -> Result<(), ScanError> {
        let rule = location.is_std.then(|| self.overlay.rule(&location.import_path)).flatten();
        let tags = match rule.map(|rule| &rule.base) {
            Some(Base::Generic { .. }) => self.generic_tags,
            _ => self.tags_of(location),
        };
        let mut names: Vec<String> = match &location.named_files {
            Some(names) => names.clone(),
            None => self.disk.names(&location.dir, Which::Sources).unwrap_or_default(),
        };
        names.retain(|name| name.ends_with("_test.go") && !name.starts_with(['_', '.']));
        names.sort();
        for name in &names {
            if location.named_files.is_none() && !tags.allow_name(name) {
                continue;
            }
            let path = location.dir.join(name);
            let text = self.read(&path)?;
            let file = self.file(name, path, text, Role::Whole)?;
            let uses_c = file.header.imports.iter().any(|import| import.path == "C");
            let is_chosen = location.named_files.is_some() || self.allows(&file, tags)? && !uses_c;
            if is_chosen && file.header.package.ends_with("_test") == external {
                out.files.push(file);
            }
        }
        Ok(())
    }

    /// Adds the directory's files that `tags` allow or `forced` names, except those in `skip`.
    fn directory(
        &self,
        location: &Location,
        tags: &Tags,
        skip: &BTreeSet<String>,
        forced: &BTreeSet<String>,
        out: &mut Chosen,
    ) -> Result<(), ScanError> {
        let Ok(names) = self.disk.names(&location.dir, Which::Sources) else {
            return if out.files.is_empty() { Err(ScanError::Missing) } else { Ok(()) };
        };
        let mut any_go = false;
        for name in &names {
            let is_go = name.ends_with(".go");
            if !is_go && !name.ends_with(".s") || name.starts_with(['_', '.']) {
                continue;
            }
            any_go |= is_go;
            if name.ends_with("_test.go") {
                out.only_tests = true;
                continue;
            }
            let is_forced = forced.contains(name);
            if skip.contains(name) || !is_forced && !tags.allow_name(name) {
                out.excluded |= is_go;
                continue;
            }
            let path = location.dir.join(name);
            if self.disk.is_dir(&path) {
                continue;
            }
            if !is_go {
                let text = self.read(&path)?;
                let header = header::scan(&text);
                if self.allows_text(&path, header.constraint.as_deref(), &header.plus_build, tags)? {
                    out.assembly.push(AssemblyFile { path, text });
                }
                continue;
            }
            let text = self.read(&path)?;
            let file = self.file(name, path, text, Role::Whole)?;
            let uses_c = file.header.imports.iter().any(|import| import.path == "C");
            if !is_forced && !self.allows(&file, tags)? || uses_c || file.header.package == "documentation" {
                out.excluded = true;
                continue;
            }
            out.files.push(file);
        }
        if let Some(missing) = forced.iter().find(|name| !names.contains(name)) {
            let path = &location.import_path;
            return Err(ScanError::Other(format!(
                "overlay: generic {path}: {missing} does not exist in GOROOT"
            )));
        }
        if location.is_std {
            for (name, text) in
                generated::missing_files(self.goroot, &location.import_path, &names, self.disk)
            {
                let file = self.file(&name, location.dir.join(&name), text, Role::Whole)?;
                out.files.push(file);
            }
        }
        if !any_go && out.files.is_empty() { Err(ScanError::Missing) } else { Ok(()) }
    }

    fn read(&self, path: &Path) -> Result<Arc<[u8]>, ScanError> {
        self.disk.read(path).map(Arc::from).map_err(|error| {
            let reason = match error.kind() {
                std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
                std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                _ => error.to_string(),
            };
            ScanError::Other(format!("open {}: {reason}", path.display()))
        })
    }

    fn file(&self, name: &str, path: PathBuf, text: Arc<[u8]>, role: Role) -> Result<SourceFile, ScanError> {
        let header = header::scan(&text);
        if let Some((at, message)) = &header.error
            && !path.starts_with(self.goroot)
            && !self.as_compiler
        {
            let (line, col) = position(&text, *at);
            let shown = paths::short(&path, self.working_dir);
            return Err(ScanError::Header(format!("{shown}:{line}:{col}: {message}")));
        }
        if let Some(expr) = &header.constraint {
            self.constraint(&path, expr)?;
        }
        Ok(SourceFile { name: name.to_owned(), path, text, header, role })
    }

    fn constraint(&self, path: &Path, text: &str) -> Result<constraint::Expr, ScanError> {
        constraint::parse(text).map_err(|error| {
            let shown = paths::short(path, self.working_dir);
            ScanError::Other(format!("{shown}: parsing //go:build line: {error}"))
        })
    }

    fn allows(&self, file: &SourceFile, tags: &Tags) -> Result<bool, ScanError> {
        self.allows_text(&file.path, file.header.constraint.as_deref(), &file.header.plus_build, tags)
    }

    /// Whether a `//go:build` line, or without one `// +build` lines, agree with `tags`.
    fn allows_text(
        &self,
        path: &Path,
        constraint: Option<&str>,
        plus_build: &[String],
        tags: &Tags,
    ) -> Result<bool, ScanError> {
        let Some(text) = constraint else {
            return Ok(plus_build
                .iter()
                .all(|terms| constraint::eval_plus_build(terms, &|tag| tags.is_set(tag))));
        };
        let expr = self.constraint(path, text)?;
        Ok(expr.eval(&|tag| tags.is_set(tag)))
    }

    fn finish(&self, location: &Location, mut out: Chosen) -> Result<Scanned, ScanError> {
        out.files.sort_by(|a, b| a.name.cmp(&b.name));
        let Some(first) = out.files.iter().find(|file| !file.header.package.is_empty()) else {
            return match (out.files.is_empty(), out.excluded, out.only_tests) {
                // The parser words what is wrong with the package clause.
                (false, ..) => Ok(Scanned { name: String::new(), files: out.files, assembly: out.assembly }),
                (_, true, _) => Err(ScanError::Excluded),
                (_, _, true) => Err(ScanError::OnlyTests),
                _ => Err(ScanError::Missing),
            };
        };
        let (name, first_file) = (first.header.package.clone(), first.name.clone());
        let differs = |file: &&SourceFile| !file.header.package.is_empty() && file.header.package != name;
        if let Some(other) = out.files.iter().find(differs) {
            return Err(ScanError::Other(format!(
                "found packages {name} ({first_file}) and {} ({}) in {}",
                other.header.package,
                other.name,
                location.dir.display()
            )));
        }
        Ok(Scanned { name, files: out.files, assembly: out.assembly })
    }
}

/// Line and column of a byte, both from 1.
pub(crate) fn position(text: &[u8], offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    (line, before.iter().rev().take_while(|&&b| b != b'\n').count() + 1)
}

#[derive(Default)]
struct Chosen {
    files: Vec<SourceFile>,
    assembly: Vec<AssemblyFile>,
    excluded: bool,
    only_tests: bool,
}
