//! Diagnostics → lines as the go command prints them.

use std::collections::BTreeMap;
use std::path::Path;

use rgo_load::{Failure, short};
use rgo_source::{Diagnostic, SourceMap, sort_and_limit};

use crate::Failed;
use crate::flags::CompilerFlags;

/// After this many errors in a package, gc says `too many errors`.
const ERROR_LIMIT: usize = 10;

/// gc's positions have eight bits for the column; it prints none that does not fit.
const COLUMN_LIMIT: u32 = 255;

/// How files are named in errors.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Paths {
    /// As the go command does: `./x.go` for files of the working directory.
    #[default]
    GoCommand,
    /// As the compiler does whose arguments are relative: `x.go`.
    Relative,
    /// As the compiler does whose arguments are not.
    Absolute,
}

/// How errors are shown.
pub(crate) struct Style<'a> {
    pub paths: Paths,
    pub working_dir: &'a Path,
    pub limit: Option<usize>,
    /// `-C`
    pub no_columns: bool,
}

impl Style<'_> {
    pub(crate) fn new<'a>(working_dir: &'a Path, flags: &CompilerFlags) -> Style<'a> {
        let limit = if flags.all_errors { None } else { Some(ERROR_LIMIT) };
        Style { paths: Paths::GoCommand, working_dir, limit, no_columns: flags.no_columns }
    }

    /// `# path` and the errors of one package.
    pub(crate) fn package(
        &self,
        import_path: &str,
        diagnostics: Vec<Diagnostic>,
        sources: &SourceMap,
    ) -> Vec<String> {
        let (diagnostics, stopped_at) = sort_and_limit(diagnostics, sources, self.limit);
        let mut lines = vec![format!("# {import_path}")];
        lines.extend(diagnostics.iter().map(|diagnostic| self.line(diagnostic, sources)));
        if let Some(pos) = stopped_at {
            lines.push(self.line(&Diagnostic::error(pos, "", "too many errors"), sources));
        }
        lines
    }

    /// `./file.go:3:5: message`
    pub(crate) fn line(&self, diagnostic: &Diagnostic, sources: &SourceMap) -> String {
        let at = sources.position(diagnostic.pos);
        if at.line == 0 {
            return diagnostic.message.clone();
        }
        let file = self.file(&at.file);
        let message = self.message(&at.file, &diagnostic.message);
        match at.col {
            _ if self.no_columns => format!("{file}:{}: {message}", at.line),
            0 | COLUMN_LIMIT.. => format!("{file}:{}: {message}", at.line),
            // gc's assembler says no columns.
            _ if diagnostic.code == "Assembly" => format!("{file}:{}: {message}", at.line),
            col => format!("{file}:{}:{col}: {message}", at.line),
        }
    }
    /// Shortens file names within a message, as the go command does: those in the package's directory, after a blank or at
    /// the start of a line.
    fn message(&self, file: &str, message: &str) -> String {
        let Some(dir) = Path::new(file).parent().filter(|dir| dir.is_absolute()) else {
            return message.to_owned();
        };
        let long = format!("{}/", dir.display());
        let short = match self.paths {
            Paths::GoCommand => format!("{}/", short(dir, self.working_dir)),
            Paths::Relative if dir == self.working_dir => String::new(),
            Paths::Relative | Paths::Absolute => return message.to_owned(),
        };
        message
            .replace(&format!(" {long}"), &format!(" {short}"))
            .replace(&format!("\n\t{long}"), &format!("\n\t{short}"))
    }

    /// A compiler's path: relative to the working directory, `./` in front of files in it.
    pub(crate) fn file(&self, file: &str) -> String {
        let path = Path::new(file);
        match (self.paths, path.strip_prefix(self.working_dir)) {
            (Paths::GoCommand, _) => {}
            (Paths::Relative, Ok(below)) => return below.display().to_string(),
            _ => return file.to_owned(),
        }
        match (path.parent(), path.file_name()) {
            (Some(dir), Some(name)) if path.is_absolute() => {
                format!("{}/{}", short(dir, self.working_dir), name.to_string_lossy())
            }
            _ => file.to_owned(),
        }
    }

    /// What loading has to say.
    pub(crate) fn failure(&self, failure: Failure) -> Failed {
        let mut lines = failure.messages;
        for errors in failure.syntax {
            lines.extend(self.package(errors.import_path.as_str(), errors.diagnostics, &failure.sources));
        }
        Failed::of(lines)
    }
}

/// Groups diagnostics by the package that has their file; `owner` maps files to packages.
pub(crate) fn by_package(
    diagnostics: Vec<Diagnostic>,
    sources: &SourceMap,
    owner: &BTreeMap<String, usize>,
) -> BTreeMap<usize, Vec<Diagnostic>> {
    let mut groups: BTreeMap<usize, Vec<Diagnostic>> = BTreeMap::new();
    for diagnostic in diagnostics {
        let file = sources.file(diagnostic.pos);
        let package = file.and_then(|file| owner.get(&file.path).copied()).unwrap_or(usize::MAX);
        groups.entry(package).or_default().push(diagnostic);
    }
    groups
}
