//! What a load depends on besides the files it reads.

use std::path::{Path, PathBuf};

use rgo_target::Target;

use crate::{Disk, Experiments, Overlay};

/// Where packages of other modules come from (`-mod`).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum ModMode {
    /// `vendor` when the main module has a vendor directory (and go 1.14 or later), else `readonly`.
    #[default]
    Auto,
    Readonly,
    Mod,
    Vendor,
}

/// Settings of one load. The caller has read the environment; nothing here does.
#[derive(Clone, Debug)]
pub struct Config<'a> {
    /// A complete GOROOT of the supported version (`goroot::find`).
    pub goroot: PathBuf,
    pub target: Target,
    /// The user's `-tags`, in addition to those that target and version imply.
    pub tags: Vec<String>,
    /// GOEXPERIMENT.
    pub experiments: Experiments,
    pub overlay: &'a Overlay,
    /// Remembers what the load has looked at.
    pub disk: Disk,
    /// The directory that relative paths and messages are relative to.
    pub dir: PathBuf,
    pub mod_mode: ModMode,
    /// `-modfile`, absolute: read instead of go.mod.
    pub mod_file: Option<PathBuf>,
    /// `GOWORK`: `off` or a file; else go.work is searched for.
    pub work_file: Option<String>,
    /// `GOMODCACHE`, if known. Only read.
    pub module_cache: Option<PathBuf>,
    /// Work as gc's compiler does, not as the go command: arguments are files, whatever their names; what is wrong with their headers is
    /// left to the parser, with their imports to the checker (`Package::broken_imports`); and nobody looks for embedded files.
    pub as_compiler: bool,
    /// Threads for reading and parsing; at least 1.
    pub parallelism: usize,
}

impl<'a> Config<'a> {
    /// A load without modules, tags or experiments: packages of the standard library, seen from a folder of GOROOT.
    pub fn of_std(goroot: &Path, folder: &str, target: Target, overlay: &'a Overlay) -> Config<'a> {
        Config {
            goroot: goroot.to_owned(),
            target,
            tags: Vec::new(),
            experiments: Experiments::default(),
            overlay,
            disk: Disk::default(),
            dir: goroot.join(folder),
            mod_mode: ModMode::Auto,
            mod_file: None,
            work_file: None,
            module_cache: None,
            as_compiler: false,
            parallelism: 1,
        }
    }
}
