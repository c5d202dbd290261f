//! go.sum: what the go command has recorded of the modules it downloaded.
//!
//! The go command hashes a module when it downloads it and keeps the hash in the module cache. Here the two records are compared;
//! contents are not hashed again, as the go command does not either.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::disk::Disk;
use crate::modfile::ModuleVersion;
use crate::paths;

/// (path, version) → hashes of the module's files.
#[derive(Debug, Default)]
pub(crate) struct Checksums {
    hashes: HashMap<(String, String), Vec<String>>,
}

impl Checksums {
    /// Reads go.sum files (a workspace has several).
    pub(crate) fn read(files: &[PathBuf], disk: &Disk) -> Checksums {
        let mut sums = Checksums::default();
        for file in files {
            for line in disk.read_to_string(file).unwrap_or_default().lines() {
                let mut words = line.split_whitespace();
                if let (Some(path), Some(version), Some(hash)) = (words.next(), words.next(), words.next()) {
                    sums.hashes
                        .entry((path.to_owned(), version.to_owned()))
                        .or_default()
                        .push(hash.to_owned());
                }
            }
        }
        sums
    }

    /// The recorded hash of a module.
    pub(crate) fn get(&self, module: &ModuleVersion) -> Option<&str> {
        self.of(module).iter().find(|hash| hash.starts_with("h1:")).map(String::as_str)
    }

    fn of(&self, module: &ModuleVersion) -> &[String] {
        let key = (module.path.clone(), module.version.clone());
        self.hashes.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Compares go.sum with what the module cache says of the download; `Ok` also when the cache says nothing.
    pub(crate) fn verify(&self, module: &ModuleVersion, cache: &Path, disk: &Disk) -> Result<(), Mismatch> {
        let ModuleVersion { path, version } = module;
        let (escaped, escaped_version) = (paths::escape_module(path), paths::escape_module(version));
        let file = cache.join(format!("cache/download/{escaped}/@v/{escaped_version}.ziphash"));
        let Ok(downloaded) = disk.read_to_string(&file) else { return Ok(()) };
        let downloaded = downloaded.trim();
        let known = self.of(module);
        if known.is_empty() {
            return Err(Mismatch::Missing);
        }
        if known.iter().any(|hash| hash == downloaded) {
            return Ok(());
        }
        let recorded = self.get(module).unwrap_or_default();
        Err(Mismatch::Different(format!(
            "verifying {path}@{version}: checksum mismatch\n\tdownloaded: {downloaded}\n\tgo.sum:     {recorded}\n\n{ADVICE}"
        )))
    }
}

/// Why a module of the cache is not used.
#[derive(Debug)]
pub(crate) enum Mismatch {
    /// go.sum has no line for it.
    Missing,
    /// Complete message.
    Different(String),
}

const ADVICE: &str = "\
SECURITY ERROR
This download does NOT match an earlier download recorded in go.sum.
The bits may have been replaced on the origin server, or an attacker may
have intercepted the download attempt.

For more information, see 'go help module-auth'.";
