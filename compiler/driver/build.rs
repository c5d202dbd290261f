//! Builds `rt` as a static library and lists the overlay's files, so that the `rgo` binary carries both.
//!
//! rt is a workspace of its own (no_std, panic = "abort", own flags in `rt/.cargo`) and is built by the same cargo into
//! its own directory below OUT_DIR. `RGO_RT_ARCHIVE` names a ready-made archive instead.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let manifest_dir =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let rt = manifest_dir.join("../../rt").canonicalize().expect("the repository has a folder rt");
    for watched in ["src", "abi/src", "abi/Cargo.toml", "go", "Cargo.toml", ".cargo"] {
        println!("cargo::rerun-if-changed={}", rt.join(watched).display());
    }
    println!("cargo::rerun-if-env-changed=RGO_RT_ARCHIVE");
    let archive = match env::var_os("RGO_RT_ARCHIVE") {
        Some(ready) => PathBuf::from(ready),
        None => build_rt(&rt, &out_dir),
    };
    fs::copy(&archive, out_dir.join("librt.a"))
        .unwrap_or_else(|e| panic!("copying {}: {e}", archive.display()));
    fs::write(out_dir.join("overlay.rs"), overlay_table(&rt.join("go"))).expect("OUT_DIR is writable");
}

/// Runs cargo in `rt`; returns the archive's path.
fn build_rt(rt: &Path, out_dir: &Path) -> PathBuf {
    let target_dir = out_dir.join("rt-target");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--release", "--lib", "--target-dir"]).arg(&target_dir).current_dir(rt);
    // What cargo set for this build must not reach the other workspace: rt has flags and a profile of its own.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let is_cargo = text.starts_with("CARGO_") && !matches!(&*text, "CARGO_HOME" | "CARGO_NET_OFFLINE");
        if is_cargo
            || matches!(&*text, "RUSTFLAGS" | "RUSTC_WORKSPACE_WRAPPER" | "CLIPPY_ARGS" | "RUSTC_WRAPPER")
        {
            cargo.env_remove(&name);
        }
    }
    let status = cargo.status().unwrap_or_else(|e| panic!("running cargo for rt: {e}"));
    assert!(status.success(), "rt did not build; see the messages above");
    target_dir.join("release/librgo_rt.a")
}

/// `&[("runtime/proc.go", include_bytes!("...")), ...]`, sorted.
fn overlay_table(root: &Path) -> String {
    let mut files = Vec::new();
    collect(root, root, &mut files);
    files.sort();
    let manifest = root.join("MANIFEST");
    let mut text = String::new();
    if manifest.is_file() {
        writeln!(text, "const MANIFEST: &str = include_str!({:?});", manifest.display().to_string()).unwrap();
    } else {
        writeln!(text, "const MANIFEST: &str = \"\";").unwrap();
    }
    writeln!(text, "const FILES: &[(&str, &[u8])] = &[").unwrap();
    for (name, path) in files {
        writeln!(text, "    ({name:?}, include_bytes!({:?})),", path.display().to_string()).unwrap();
    }
    text.push_str("];\n");
    text
}

fn collect(root: &Path, dir: &Path, files: &mut Vec<(String, PathBuf)>) {
    let entries = fs::read_dir(dir).unwrap_or_else(|e| panic!("reading {}: {e}", dir.display()));
    for path in entries.map(|entry| entry.expect("readable entry").path()) {
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|ext| ext == "go") && path.parent() != Some(root) {
            let rel = path.strip_prefix(root).expect("below root");
            files.push((rel.to_string_lossy().replace('\\', "/"), path));
        }
    }
}
