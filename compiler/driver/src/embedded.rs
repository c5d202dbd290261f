//! What the `rgo` binary carries: the runtime as an archive, and the overlay of the standard library.

use std::fs;
use std::path::Path;

use rgo_load::{Overlay, OverlayError};

include!(concat!(env!("OUT_DIR"), "/overlay.rs"));

/// The runtime for the host target.
pub(crate) static RT_ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/librt.a"));

/// The overlay: the embedded one, or that of a directory.
pub(crate) fn overlay(dir: Option<&Path>) -> Result<Overlay, OverlayError> {
    let Some(dir) = dir else { return Overlay::new(MANIFEST, FILES.iter().copied()) };
    let error = |e: std::io::Error| OverlayError(format!("{}: {e}", dir.display()));
    let manifest = fs::read_to_string(dir.join("MANIFEST")).map_err(error)?;
    let mut files = Vec::new();
    collect(dir, "", &mut files).map_err(error)?;
    Overlay::new(&manifest, files.iter().map(|(path, text)| (path.as_str(), text.as_slice())))
}

fn collect(dir: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else if name.ends_with(".go") && !prefix.is_empty() {
            files.push((path, fs::read(entry.path())?));
        }
    }
    Ok(())
}
