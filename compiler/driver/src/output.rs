//! Executables: what they are called, and how they reach the disk whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rgo_load::Package;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use crate::Failed;
use crate::cleanup::Temporary;

/// The name of the executable of `package`: its first file, or the last element of its import path that is no major
/// version (`v2`).
pub(crate) fn default_name(package: &Package, first_file: Option<&str>) -> String {
    if let Some(file) = first_file {
        let base = file.rsplit('/').next().unwrap_or(file);
        return base.strip_suffix(".go").unwrap_or(base).to_owned();
    }
    let path = package.import_path.as_str();
    let mut elements = path.rsplit('/');
    let last = elements.next().unwrap_or(path);
    match elements.next() {
        Some(before) if is_major_version(last) => before.to_owned(),
        _ => last.to_owned(),
    }
}

fn is_major_version(element: &str) -> bool {
    let digits = element.strip_prefix('v').unwrap_or_default();
    !digits.is_empty()
        && !digits.starts_with('0')
        && digits != "1"
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Where `-o` sends an executable called `name`.
pub(crate) fn path(output: Option<&str>, name: &str, dir: &Path) -> Result<PathBuf, Failed> {
    let Some(output) = output else {
        let path = dir.join(name);
        if path.is_dir() {
            return Err(Failed::new(format!("go: build output {name:?} already exists and is a directory")));
        }
        return Ok(path);
    };
    let path = dir.join(output);
    Ok(if output.ends_with('/') || path.is_dir() { path.join(name) } else { path })
}

/// Writes an executable whole or not at all: a file without a name in the same directory gets its name when it is complete, so
/// that neither a full disk nor a signal, not even SIGKILL, leaves a part of it.
pub(crate) fn write_executable(path: &Path, contents: &[u8]) -> Result<(), Failed> {
    let fail = |error: io::Error| Failed::new(format!("rgo: writing {}: {}", path.display(), reason(&error)));
    let special = fs::metadata(path).is_ok_and(|meta| !meta.is_file());
    if special {
        // /dev/null and the like: the build is a check only.
        return Ok(());
    }
    if !may_replace(path) {
        let shown = path.display().to_string();
        return Err(Failed::new(format!(
            "go: build output {shown:?} already exists and is not an object file"
        )));
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(fail)?;
    replace(path, contents, 0o777).map_err(fail)
}

/// Gives `path` new contents and a mode (less the umask) in one step.
pub(crate) fn replace(path: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temp = parent.join(format!(".{name}.{}.tmp", std::process::id()));
    write_unnamed(parent, &temp, path, contents, mode).or_else(|error| match error.kind() {
        // The file system knows no files without name, or /proc is not mounted.
        io::ErrorKind::Unsupported
        | io::ErrorKind::NotFound
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::CrossesDevices => write_named(&temp, path, contents, mode),
        _ => Err(error),
    })
}

/// `temp` exists between two system calls only, for a link cannot replace a file and a rename can.
fn write_unnamed(parent: &Path, temp: &Path, path: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(parent, flags, Mode::from_raw_mode(mode))?);
    file.write_all(contents)?;
    let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
    // A leftover of a process that had our number.
    let _ = fs::remove_file(temp);
    rustix::fs::linkat(CWD, unnamed, CWD, temp, AtFlags::SYMLINK_FOLLOW)?;
    fs::rename(temp, path).inspect_err(|_| drop(fs::remove_file(temp)))
}

fn write_named(temp: &Path, path: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    // Removes the file when anything fails; after the rename it removes nothing.
    let temp = Temporary::new(temp.to_owned());
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(temp.path())?;
    file.write_all(contents)?;
    drop(file);
    fs::rename(temp.path(), path)
}

/// Whether a file may be overwritten: it is absent, empty, or an executable or object file.
fn may_replace(path: &Path) -> bool {
    let Ok(mut file) = File::open(path) else { return true };
    let mut magic = [0; 4];
    match file.read(&mut magic) {
        Ok(0) => true,
        Ok(len) => {
            let magic = &magic[..len];
            [&b"\x7fELF"[..], b"MZ", b"!<ar", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"go o"]
                .iter()
                .any(|known| magic.starts_with(known))
        }
        Err(_) => true,
    }
}

/// The kernel's words without "(os error N)".
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_versions_are_no_names() {
        assert!(is_major_version("v2") && is_major_version("v10"));
        assert!(!is_major_version("v1") && !is_major_version("v") && !is_major_version("v2x"));
    }

    #[test]
    fn output_is_replaced_whole() {
        let dir = std::env::temp_dir().join(format!("rgo-output-test-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join("sub/x");
        write_executable(&path, b"\x7fELF1").unwrap();
        write_executable(&path, b"\x7fELF2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"\x7fELF2");
        fs::write(&path, "text").unwrap();
        assert!(write_executable(&path, b"\x7fELF3").is_err());
        assert_eq!(fs::read_dir(dir.join("sub")).unwrap().count(), 1);
        fs::remove_dir_all(&dir).unwrap();
    }
}
