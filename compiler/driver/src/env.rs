//! The environment, read once.

use std::collections::BTreeMap;
use std::env::var_os;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rgo_load::Experiments;
use rgo_target::Target;

/// What rgo takes from environment variables and from the system.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub rgo_goroot: Option<PathBuf>,
    pub goroot: Option<PathBuf>,
    /// rgo's own cache directory.
    pub cache: Option<PathBuf>,
    /// Where executables are kept to be found again (`RGO_BUILD_CACHE`); none when it is `off`.
    pub build_cache: Option<PathBuf>,
    pub goflags: String,
    pub gowork: Option<String>,
    /// The go command's own settings file (`GOENV`), if it is in use.
    pub goenv: Option<PathBuf>,
    pub goos: Option<String>,
    pub goarch: Option<String>,
    pub goexperiment: String,
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
        let set = |name: &str| var_os(name).filter(|value| !value.is_empty());
        let home = set("HOME").map(PathBuf::from);
        let config =
            set("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| Some(home.clone()?.join(".config")));
        let goenv = match set("GOENV") {
            Some(off) if off == "off" => None,
            Some(file) => Some(PathBuf::from(file)),
            None => config.map(|dir| dir.join("go/env")),
        };
        let written = goenv.as_deref().map(read_goenv).unwrap_or_default();
        let lookup = |name: &str| {
            let own = matches!(name, "HOME" | "XDG_CACHE_HOME") || name.starts_with("RGO_");
            set(name).or_else(|| written.get(name).filter(|_| !own).map(OsString::from))
        };
        let path = |name: &str| lookup(name).map(PathBuf::from);
        let text = |name: &str| lookup(name)?.into_string().ok();
        let user_cache = path("XDG_CACHE_HOME").or_else(|| home.as_ref().map(|home| home.join(".cache")));
        let gopath = path("GOPATH").or_else(|| home.as_ref().map(|home| home.join("go")));
        let gomodcache = path("GOMODCACHE").or_else(|| gopath.as_ref().map(|gopath| gopath.join("pkg/mod")));
        let cache = path("RGO_CACHE").or_else(|| user_cache.map(|cache| cache.join("rgo")));
        let build_cache = match path("RGO_BUILD_CACHE") {
            Some(off) if off == Path::new("off") => None,
            named => named.or_else(|| Some(cache.clone()?.join("build"))),
        };
        Environment {
            rgo_goroot: path("RGO_GOROOT"),
            goroot: path("GOROOT"),
            cache,
            build_cache,
            goflags: text("GOFLAGS").unwrap_or_default(),
            gowork: text("GOWORK"),
            goenv,
            goos: text("GOOS"),
            goarch: text("GOARCH"),
            goexperiment: text("GOEXPERIMENT").unwrap_or_default(),
            gopath,
            gomodcache,
            overlay: path("RGO_OVERLAY"),
            temp: std::env::temp_dir(),
            dir: working_dir(),
            parallelism: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        }
    }

    /// The go.work in force as `go env GOWORK` says it: a path, `off`, or nothing.
    pub(crate) fn work_file(&self) -> String {
        let found = || self.dir.ancestors().map(|dir| dir.join("go.work")).find(|file| file.is_file());
        self.gowork
            .clone()
            .unwrap_or_else(|| found().map_or(String::new(), |file| file.display().to_string()))
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

impl Environment {
    /// GOEXPERIMENT, understood.
    pub(crate) fn experiments(&self, target: &Target) -> Result<Experiments, String> {
        Experiments::parse(&self.goexperiment, target).map_err(|problem| format!("go: {problem}"))
    }
}

/// Settings that `go env -w` has written: lines `NAME=value`, `#` begins a comment.
fn read_goenv(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('=')).filter(|(_, value)| !value.is_empty());
    pairs.map(|(name, value)| (name.trim().to_owned(), value.to_owned())).collect()
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
