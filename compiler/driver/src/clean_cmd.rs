//! `rgo clean`.

use crate::cli::Clean;
use crate::env::Environment;
use crate::{Failed, build_cache};

/// Removes the cache of built programs. (What the go command's `clean` removes besides, rgo does not leave behind.)
pub(crate) fn clean(clean: &Clean, environment: &Environment) -> Result<(), Failed> {
    if let Some(dir) = environment.build_cache.as_ref().filter(|_| clean.explain) {
        eprintln!("rm -rf {}", dir.display());
    }
    if clean.dry_run {
        return Ok(());
    }
    build_cache::clear(environment).map_err(|error| Failed::new(format!("rgo: cleaning the cache: {error}")))
}
