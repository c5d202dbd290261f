//! The environment, read once.

use std::env::var_os;
use std::path::{Path, PathBuf};

use rgo_target::Target;

/// What rgo takes from environment variables and from the system.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub rgo_goroot: Option<PathBuf>,
    pub goroot: Option<PathBuf>,
    /// rgo's own cache directory.
    pub cache: Option<PathBuf>,
    pub goflags: String,
    pub goos: Option<String>,
    pub goarch: Option<String>,
    pub gopath: Option<PathBuf>,
    pub gomodcache: Option<PathBuf>,
    /// A directory to read the overlay from instead of the one in the binary.
    pub overlay: Option<PathBuf>,
    pub temp: PathBuf,
    pub dir: PathBuf,
    pub parallelism: usize,
}

impl Environment {
    pub(crate) fn read() -> Environment {
        let path = |name: &str| var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let home = path("HOME");
        let user_cache = path("XDG_CACHE_HOME").or_else(|| home.as_ref().map(|home| home.join(".cache")));
        let gopath = path("GOPATH").or_else(|| home.as_ref().map(|home| home.join("go")));
        let gomodcache = path("GOMODCACHE").or_else(|| gopath.as_ref().map(|gopath| gopath.join("pkg/mod")));
        Environment {
            rgo_goroot: path("RGO_GOROOT"),
            goroot: path("GOROOT"),
            cache: path("RGO_CACHE").or_else(|| user_cache.map(|cache| cache.join("rgo"))),
            goflags: text("GOFLAGS").unwrap_or_default(),
            goos: text("GOOS"),
            goarch: text("GOARCH"),
            gopath,
            gomodcache,
            overlay: path("RGO_OVERLAY"),
            temp: std::env::temp_dir(),
            dir: working_dir(),
            parallelism: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        }
    }

    /// The target of `--target os/arch`, or of GOOS and GOARCH, or the host.
    pub(crate) fn target(&self, flag: Option<&str>) -> Result<Target, String> {
        let (goos, goarch) = match flag {
            Some(text) => {
                text.split_once('/').ok_or_else(|| format!("rgo: --target {text}: expected OS/ARCH"))?
            }
            None => {
                (self.goos.as_deref().unwrap_or(HOST.goos), self.goarch.as_deref().unwrap_or(HOST.goarch))
            }
        };
        Target::find(goos, goarch).ok_or_else(|| {
            let known: Vec<String> =
                rgo_target::ALL.iter().map(|t| format!("{}/{}", t.goos, t.goarch)).collect();
            format!("rgo: unsupported GOOS/GOARCH pair {goos}/{goarch} (supported: {})", known.join(", "))
        })
    }
}

/// What programs are compiled for when nobody says otherwise.
pub(crate) const HOST: Target = rgo_target::LINUX_AMD64;

/// The working directory as the shell names it ($PWD, when it is right), so that symbolic links stay as the user sees them.
fn working_dir() -> PathBuf {
    let real = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    match var_os("PWD").map(PathBuf::from) {
        Some(pwd) if pwd.is_absolute() && same_file(&pwd, &real) => pwd,
        _ => real,
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
