//! `rgo version`: of rgo itself, or of executables.
//!
//! An executable made by rgo or by gc carries its build information in the form that `debug/buildinfo` reads: a section
//! `.go.buildinfo` that begins with a magic number, or that number somewhere in the variables.

use std::fs;
use std::path::{Path, PathBuf};

use rgo_link::build_info;
use rgo_load::goroot;

use crate::Failed;
use crate::cli::VersionQuery;
use crate::env::{Environment, HOST};

/// Prints versions.
pub(crate) fn version(query: &VersionQuery, environment: &Environment) -> Result<(), Failed> {
    if query.files.is_empty() {
        let target = environment.target(None).unwrap_or(HOST);
        println!(
            "rgo version {} {} {}/{}",
            env!("CARGO_PKG_VERSION"),
            goroot::VERSION,
            target.goos,
            target.goarch
        );
        return Ok(());
    }
    let mut failed = false;
    for name in &query.files {
        let path = Path::new(name);
        match fs::metadata(path) {
            Err(_) => {
                eprintln!("stat {name}: no such file or directory");
                failed = true;
            }
            Ok(meta) if meta.is_dir() => {
                for file in executables_below(path) {
                    // Below a directory only -v mentions what is no Go program.
                    failed |= !show(&file, query, query.verbose) && query.verbose;
                }
            }
            Ok(_) => failed |= !show(path, query, true),
        }
    }
    if failed { Err(Failed::of(Vec::new())) } else { Ok(()) }
}

/// Prints what one file says of itself; false when it is not a Go executable.
fn show(path: &Path, query: &VersionQuery, complain: bool) -> bool {
    let shown = path.display();
    let found = fs::read(path).map_err(|error| error.to_string());
    let found = found.and_then(|bytes| {
        build_info::read(&bytes)
            .ok_or_else(|| format!("could not read Go build info from {shown}: not a Go executable"))
    });
    match found {
        Ok(info) => {
            println!("{shown}: {}", info.version);
            if query.modules {
                for line in info.modules.lines() {
                    println!("\t{line}");
                }
            }
            true
        }
        Err(why) => {
            if complain {
                eprintln!("{shown}: {why}");
            }
            false
        }
    }
}

fn executables_below(dir: &Path) -> Vec<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let mut paths: Vec<PathBuf> =
        fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    paths.sort();
    let mut out = Vec::new();
    for path in paths {
        match fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_dir() => out.extend(executables_below(&path)),
            Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 != 0 => out.push(path),
            _ => {}
        }
    }
    out
}
