//! Executables that were built before, so that building an unchanged program again takes the time of looking at its files.
//!
//! An entry belongs to a *request*: the command line, the environment and the compiler itself. It holds the executable and what the
//! build saw of the file system ([`rgo_load::Disk`]); it is good while a look at the same paths finds the same. So it holds for
//! files that came and went, too, and needs no hash of any source file. Where a file was too young to tell
//! ([`Seen::is_sure`]), no entry is made. Each is one file, written whole, checked by a digest; a request's next build replaces it.
//! Those unused for five days are removed, once a day.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rgo_load::{Seen, Stamp};
use sha2::{Digest, Sha256};

use crate::env::Environment;
use crate::flags::{BuildFlags, BuildVcs};
use crate::output;
use crate::pipeline::Session;
use crate::vcs::VcsQuery;

/// Begins every entry; changes with its format.
const MAGIC: &[u8] = b"rgo build cache 1\n";
/// How long an unused entry stays.
const LIFETIME: Duration = Duration::from_secs(5 * 24 * 3600);
/// How often old entries are looked for.
const TRIM_INTERVAL: Duration = Duration::from_secs(24 * 3600);
/// How stale an entry's time of use may be.
const USE_INTERVAL: Duration = Duration::from_secs(3600);

/// A request's place in the cache.
#[derive(Debug)]
pub(crate) struct Place(PathBuf);

/// What an earlier build of the request made.
#[derive(Debug)]
pub(crate) struct Cached {
    /// What the executable is called unless the user says otherwise.
    pub name: String,
    pub executable: Vec<u8>,
}

impl Place {
    /// The place of building `packages`; none when the build has to print something on its way, or depends on files that
    /// nobody watches.
    pub(crate) fn of(session: &Session, packages: &[String]) -> Option<Place> {
        let BuildFlags { verbose, explain, dry_run, time, dump, compiler, linker, .. } = session.flags;
        let speaks = *verbose || *explain || *dry_run || *time || dump.is_some() || compiler.decisions > 0;
        let environment = session.environment;
        if speaks || linker.external || environment.overlay.is_some() {
            return None;
        }
        let compiler = Stamp::of(&std::env::current_exe().ok()?)?;
        let flags = BuildFlags { rebuild: false, ..session.flags.clone() };
        let request = format!("{compiler:?} {flags:?} {environment:?} {:?} {packages:?}", session.goroot);
        let name: String = Sha256::digest(request).iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Place(environment.build_cache.as_ref()?.join(name)))
    }

    /// The executable, if a build would make the same again.
    pub(crate) fn find(&self) -> Option<Cached> {
        let file = fs::read(&self.0).ok()?;
        let (digest, entry) = file.strip_prefix(MAGIC)?.split_at_checked(32)?;
        let mut entry = Reader(entry);
        let name = entry.text()?;
        for _ in 0..entry.number()? {
            let path = PathBuf::from(entry.text()?);
            if !Seen::decode(entry.bytes()?)?.holds(&path) {
                return None;
            }
        }
        if let Some(query) = entry.vcs()? {
            let state = format!("{:?}", query.state().unwrap_or_default());
            if state.as_bytes() != entry.bytes()? {
                return None;
            }
        }
        // Only now: the digest costs more than the looks.
        if Sha256::digest(&file[MAGIC.len() + 32..])[..] != *digest {
            return None;
        }
        let cached = Cached { name, executable: entry.bytes()?.to_vec() };
        self.used();
        Some(cached)
    }

    /// Keeps what was built, unless something that it was built from may have changed since. A cache that cannot be written is
    /// no reason to fail.
    pub(crate) fn keep(&self, session: &Session, name: &str, executable: &[u8]) {
        let seen = session.disk.seen();
        if seen.values().any(|seen| !seen.is_sure()) {
            return;
        }
        let mut entry = Vec::new();
        put(&mut entry, name.as_bytes());
        entry.extend((seen.len() as u64).to_le_bytes());
        for (path, seen) in &seen {
            let Some(path) = path.to_str() else { return };
            put(&mut entry, path.as_bytes());
            put(&mut entry, &seen.encode());
        }
        match &session.vcs {
            Some((query, state)) if session.flags.build_vcs != BuildVcs::Never => {
                let (Some(dir), Some(module_dir)) = (query.dir.to_str(), query.module_dir.to_str()) else {
                    return;
                };
                entry.extend(1_u64.to_le_bytes());
                [dir, module_dir, &query.module_path, &format!("{state:?}")]
                    .iter()
                    .for_each(|text| put(&mut entry, text.as_bytes()));
            }
            _ => entry.extend(0_u64.to_le_bytes()),
        }
        put(&mut entry, executable);
        let file = [MAGIC, &Sha256::digest(&entry)[..], &entry].concat();
        let Some(dir) = self.0.parent() else { return };
        if fs::create_dir_all(dir).is_ok() && output::replace(&self.0, &file, 0o666).is_ok() {
            trim(dir);
        }
    }

    /// Marks the entry as used, for [`trim`].
    fn used(&self) {
        let age = |meta: fs::Metadata| meta.modified().ok()?.elapsed().ok();
        if fs::metadata(&self.0).ok().and_then(age).is_some_and(|age| age > USE_INTERVAL) {
            touch(&self.0);
        }
    }
}

/// Sets a file's time to now. It may be gone: another rgo trims, too.
fn touch(path: &Path) {
    let _ =
        fs::OpenOptions::new().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
}

/// Removes entries that nobody has used for long.
fn trim(dir: &Path) {
    let older = |path: &Path, limit: Duration| {
        let modified = fs::metadata(path).and_then(|meta| meta.modified());
        modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > limit))
    };
    let marker = dir.join("trimmed");
    if marker.exists() && !older(&marker, TRIM_INTERVAL) {
        return;
    }
    if fs::write(&marker, "").is_err() {
        return;
    }
    touch(&marker);
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if older(&entry.path(), LIFETIME) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// `rgo clean -cache`: forgets everything.
pub(crate) fn clear(environment: &Environment) -> std::io::Result<()> {
    match environment.build_cache.as_ref().map(fs::remove_dir_all) {
        Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn put(entry: &mut Vec<u8>, bytes: &[u8]) {
    entry.extend((bytes.len() as u64).to_le_bytes());
    entry.extend(bytes);
}

/// Reads an entry; `None` when it ends early.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<String> {
        std::str::from_utf8(self.bytes()?).ok().map(str::to_owned)
    }

    #[expect(clippy::option_option, reason = "the entry may be broken, and may have no query")]
    fn vcs(&mut self) -> Option<Option<VcsQuery>> {
        if self.number()? == 0 {
            return Some(None);
        }
        let (dir, module_dir) = (PathBuf::from(self.text()?), PathBuf::from(self.text()?));
        Some(Some(VcsQuery { dir, module_dir, module_path: self.text()? }))
    }
}
