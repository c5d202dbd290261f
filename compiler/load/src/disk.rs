//! What loading has seen of the file system, so that a later build can tell whether it would see the same.
//!
//! Every access of this crate to the user's files goes through a [`Disk`]. It notes, for each path, what the answer depended on: that there
//! was nothing, or something of a kind; the names in a directory; the contents of a file, by its [`Stamp`]. Notes are taken before
//! the access, so that a change in between makes them out of date rather than wrong.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

/// Access to files that remembers what it has looked at; clones share the memory.
#[derive(Clone, Default, Debug)]
pub struct Disk {
    seen: Arc<Mutex<BTreeMap<PathBuf, Seen>>>,
}

/// One path as it was when first looked at, and what of that mattered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// `None`: there was nothing.
    stamp: Option<Stamp>,
    /// The state could change without a change of the stamp: it was too young for the clock of the file system.
    unsettled: bool,
    names: Option<Names>,
    contents: bool,
}

/// The names in a directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Names {
    which: Which,
    digest: [u8; 32],
}

/// Which names of a directory mattered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Which {
    /// Those that could be source files of a package. (A program is often built into its own directory.)
    Sources,
    All,
}

impl Which {
    fn has(self, name: &str) -> bool {
        const SOURCES: [&str; 4] = ["go", "s", "S", "h"];
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        self == Which::All || SOURCES.contains(&extension)
    }
}

/// What tells one state of a file from another without reading it. Times are nanoseconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    pub mode: u32,
    pub modified: i128,
    pub changed: i128,
}

/// Kernels stamp files with the time of their last clock tick, 10 ms apart at worst.
const TICK: i128 = 20_000_000;
/// Some file systems count in whole seconds, or in pairs of them.
const COARSE_TICK: i128 = 2_000_000_000;

impl Stamp {
    /// The present state of what `path` leads to, symbolic links followed.
    pub fn of(path: &Path) -> Option<Stamp> {
        fs::metadata(path).ok().map(|meta| Stamp::from(&meta))
    }

    /// Whether a change right after `now` would show.
    fn is_settled(&self, now: i128) -> bool {
        [self.modified, self.changed].iter().all(|&time| {
            let tick = if time % 1_000_000_000 == 0 { COARSE_TICK } else { TICK };
            time + tick < now
        })
    }
}

impl From<&Metadata> for Stamp {
    fn from(meta: &Metadata) -> Stamp {
        let time = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Stamp {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.len(),
            mode: meta.mode(),
            modified: time(meta.mtime(), meta.mtime_nsec()),
            changed: time(meta.ctime(), meta.ctime_nsec()),
        }
    }
}

impl Seen {
    /// Whether a look at `path` finds the same again.
    pub fn holds(&self, path: &Path) -> bool {
        let now = Stamp::of(path);
        let (Some(then), Some(now)) = (self.stamp, now) else { return self.stamp.is_none() && now.is_none() };
        let is_same = then == now && !self.unsettled;
        if then.mode & KIND != now.mode & KIND || self.contents && !is_same {
            return false;
        }
        match self.names {
            Some(names) if !is_same => {
                read_names(path).is_ok_and(|now| digest(&now, names.which) == names.digest)
            }
            _ => true,
        }
    }

    /// Whether nothing could have changed unnoticed.
    pub fn is_sure(&self) -> bool {
        !(self.contents && self.unsettled)
    }

    /// For [`Seen::decode`].
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.unsettled), u8::from(self.contents)];
        match self.names {
            None => bytes.push(0),
            Some(Names { which, digest }) => {
                bytes.push(1 + which as u8);
                bytes.extend(digest);
            }
        }
        if let Some(Stamp { device, inode, size, mode, modified, changed }) = self.stamp {
            bytes.extend([device, inode, size, u64::from(mode)].iter().flat_map(|n| n.to_le_bytes()));
            bytes.extend([modified, changed].iter().flat_map(|n| n.to_le_bytes()));
        }
        bytes
    }

    /// `None` when `bytes` are not from [`Seen::encode`].
    pub fn decode(bytes: &[u8]) -> Option<Seen> {
        let (&[unsettled, contents, which], mut bytes) = bytes.split_first_chunk::<3>()?;
        let mut names = None;
        if which != 0 {
            let (digest, rest) = bytes.split_first_chunk::<32>()?;
            names =
                Some(Names { which: if which == 1 { Which::Sources } else { Which::All }, digest: *digest });
            bytes = rest;
        }
        let stamp = match bytes.len() {
            0 => None,
            64 => {
                let word = |at: usize| bytes[at..at + 8].try_into().map(u64::from_le_bytes);
                let time = |at: usize| bytes[at..at + 16].try_into().map(i128::from_le_bytes);
                Some(Stamp {
                    device: word(0).ok()?,
                    inode: word(8).ok()?,
                    size: word(16).ok()?,
                    mode: u32::try_from(word(24).ok()?).ok()?,
                    modified: time(32).ok()?,
                    changed: time(48).ok()?,
                })
            }
            _ => return None,
        };
        Some(Seen { stamp, unsettled: unsettled != 0, names, contents: contents != 0 })
    }
}

impl Disk {
    /// Every path looked at so far.
    pub fn seen(&self) -> BTreeMap<PathBuf, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, path: &Path, add: impl FnOnce(&mut Seen)) -> bool {
        let stamp = Stamp::of(path);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128);
        let unsettled = stamp.is_some_and(|stamp| !stamp.is_settled(now));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let first = Seen { stamp, unsettled, names: None, contents: false };
        add(seen.entry(path.to_owned()).or_insert(first));
        stamp.is_some()
    }

    /// Notes that somebody else is going to read a file.
    pub fn note_contents(&self, path: &Path) {
        self.note(path, |seen| seen.contents = true);
    }

    /// `fs::read`
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.note_contents(path);
        fs::read(path)
    }

    /// `fs::read_to_string`
    pub fn read_to_string(&self, path: &Path) -> io::Result<String> {
        self.note_contents(path);
        fs::read_to_string(path)
    }

    pub(crate) fn is_file(&self, path: &Path) -> bool {
        self.exists(path) && path.is_file()
    }

    pub(crate) fn is_dir(&self, path: &Path) -> bool {
        self.exists(path) && path.is_dir()
    }

    pub(crate) fn exists(&self, path: &Path) -> bool {
        self.note(path, |_| ())
    }

    /// `fs::symlink_metadata`. What is noted is the kind of what a link leads to.
    pub(crate) fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.exists(path);
        fs::symlink_metadata(path)
    }

    /// The entries of a directory, in the file system's order; what mattered of them.
    pub(crate) fn entries(&self, dir: &Path, which: Which) -> io::Result<Vec<DirEntry>> {
        self.exists(dir);
        let entries: io::Result<Vec<DirEntry>> = fs::read_dir(dir).map(|entries| entries.flatten().collect());
        let listed = entries.as_ref().map_or(&[][..], Vec::as_slice);
        let names = sorted_names(listed.iter());
        self.note(dir, |seen| {
            if seen.names.is_none_or(|known| known.which < which) {
                seen.names = Some(Names { which, digest: digest(&names, which) });
            }
        });
        entries
    }

    /// The names in a directory, sorted; those that are not UTF-8 left out.
    pub(crate) fn names(&self, dir: &Path, which: Which) -> io::Result<Vec<String>> {
        Ok(sorted_names(self.entries(dir, which)?.iter()))
    }
}

/// The part of a mode that says what kind of file it is.
const KIND: u32 = 0o170_000;

fn read_names(dir: &Path) -> io::Result<Vec<String>> {
    let entries: Vec<DirEntry> = fs::read_dir(dir)?.flatten().collect();
    Ok(sorted_names(entries.iter()))
}

fn sorted_names<'a>(entries: impl Iterator<Item = &'a DirEntry>) -> Vec<String> {
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn digest(names: &[String], which: Which) -> [u8; 32] {
    let mut hash = Sha256::new();
    for name in names.iter().filter(|name| which.has(name)) {
        hash.update(name);
        hash.update([0]);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mattered_is_compared() {
        let dir = std::env::temp_dir().join(format!("rgo-disk-test-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let (file, other) = (dir.join("f.go"), dir.join("other"));
        fs::write(&file, "x").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
        let disk = Disk::default();
        assert!(!disk.exists(&other));
        disk.read(&file).unwrap();
        assert_eq!(disk.names(&dir, Which::Sources).unwrap(), ["f.go"]);
        let seen: BTreeMap<PathBuf, Seen> = disk
            .seen()
            .into_iter()
            .map(|(path, seen)| (path, Seen::decode(&seen.encode()).unwrap()))
            .collect();
        assert_eq!(seen, disk.seen());
        let holds = |path: &Path| seen[path].holds(path) && seen[path].is_sure();
        assert!(holds(&dir) && holds(&file) && holds(&other));
        // A new name that no package cares for; a file where there was none; other contents of the same size.
        fs::write(&other, "").unwrap();
        fs::write(&file, "y").unwrap();
        assert!(holds(&dir) && !holds(&other) && !holds(&file));
        fs::write(dir.join("g.go"), "").unwrap();
        assert!(!holds(&dir));
        // Written a moment ago: another write could leave the same stamp.
        let disk = Disk::default();
        disk.read(&file).unwrap();
        assert!(!disk.seen()[&file].is_sure());
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn stamps_settle_with_the_clock_of_the_file_system() {
        let stamp = |modified| Stamp { device: 0, inode: 0, size: 0, mode: 0, modified, changed: 5 };
        assert!(stamp(1_000_000_001).is_settled(1_100_000_000));
        assert!(!stamp(1_000_000_001).is_settled(1_010_000_000));
        assert!(!stamp(1_000_000_000).is_settled(2_000_000_000));
        assert!(stamp(1_000_000_000).is_settled(4_000_000_000));
    }
}
