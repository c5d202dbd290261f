//! File names as tracebacks and `runtime.Caller` show them.
//!
//! Ordinarily that is the path a file was read from. With `-trimpath`, files of std are named by import path
//! (`fmt/print.go`), those of modules by the module's path and version; no directory of the building machine appears.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rgo_load::PackageGraph;
use rgo_source::{Pos, SourceMap};

/// Resolves positions for the function table.
pub(crate) struct FileNames {
    sources: Arc<SourceMap>,
    /// Directory → what is shown instead; empty without `-trimpath`.
    trimmed: BTreeMap<PathBuf, String>,
}

impl FileNames {
    pub(crate) fn new(graph: &PackageGraph, goroot: &Path, trim: bool) -> FileNames {
        let mut trimmed = BTreeMap::new();
        if trim {
            for package in &graph.packages {
                let below_goroot = package.dir.strip_prefix(goroot.join("src"));
                let shown = match below_goroot {
                    Ok(rel) => rel.to_string_lossy().into_owned(),
                    Err(_) if package.import_path == "command-line-arguments" => ".".to_owned(),
                    Err(_) => match &package.module {
                        Some(module) if !module.version.is_empty() => {
                            let rest = package.import_path.as_str().strip_prefix(module.path.as_str());
                            format!("{}@{}{}", module.path, module.version, rest.unwrap_or_default())
                        }
                        _ => package.import_path.to_string(),
                    },
                };
                trimmed.insert(package.dir.clone(), shown);
            }
        }
        FileNames { sources: Arc::clone(&graph.sources), trimmed }
    }

    /// File and line; `None` when the position is unknown.
    pub(crate) fn resolve(&self, pos: Pos) -> Option<(String, u32)> {
        let at = self.sources.position(pos);
        if at.line == 0 {
            return None;
        }
        let path = Path::new(&at.file);
        match path.parent().and_then(|dir| self.trimmed.get(dir)) {
            Some(shown) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                Some((format!("{shown}/{name}"), at.line))
            }
            None => Some((at.file, at.line)),
        }
    }
}
