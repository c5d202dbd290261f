//! Runs `tests/codegen/*.mir`: parse, verify, compile, link with the runtime in `support/rt.rs`, execute, compare.
//!
//! The first lines of a file say what is expected: `; exit: 3` (default 0) and `; output: 1 2` (numbers printed, one a line each).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rgo_codegen::{Options, compile_module};
use rgo_target::LINUX_AMD64;

fn runtime(dir: &Path) -> Vec<u8> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/rt.rs");
    let archive = dir.join("librt.a");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let status = Command::new(rustc)
        .args(["--edition=2024", "--crate-type=staticlib", "-Cpanic=abort", "-Copt-level=2"])
        .args(["-Crelocation-model=static", "-o"])
        .arg(&archive)
        .arg(source)
        .status()
        .expect("rustc runs");
    assert!(status.success());
    fs::read(archive).expect("the archive has been written")
}

/// The value of `; key: value` in the head of a test.
fn directive<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix("; ")?.strip_prefix(key)?.strip_prefix(':')).map(str::trim)
}

fn run(path: &Path, rt: &[u8], dir: &Path, optimize: bool) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    let module = rgo_mir::parse_module(&text).map_err(|e| e.to_string())?;
    let options = Options { verify: true, optimize };
    let object = compile_module(&module, &LINUX_AMD64, options, 1).map_err(|e| e.to_string())?;
    let again = compile_module(&module, &LINUX_AMD64, options, 3).map_err(|e| e.to_string())?;
    if object != again {
        return Err("the number of threads changes the code".into());
    }
    let positions = |pos: u32| Some(("test.mir".to_owned(), pos));
    let image = rgo_link::link(&object, rt, &positions, &LINUX_AMD64, &rgo_link::Options::default())
        .map_err(|e| e.to_string())?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let program = dir.join(format!("{name}.{optimize}"));
    fs::write(&program, image).map_err(|e| e.to_string())?;
    execute(&program, &text)?;
    let external = dir.join(format!("{name}.{optimize}.external"));
    let object = rgo_link::write_object(&object, &positions, &LINUX_AMD64).map_err(|e| e.to_string())?;
    if link_externally(&object, dir, &external)? {
        execute(&external, &text).map_err(|e| format!("linked externally: {e}"))?;
    }
    Ok(())
}

/// Links with GNU ld and the script; `false` where there is no ld.
fn link_externally(object: &[u8], dir: &Path, program: &Path) -> Result<bool, String> {
    let object_file = program.with_extension("o");
    fs::write(&object_file, object).map_err(|e| e.to_string())?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../linker-scripts/x86_64-linux.ld");
    let mut ld = Command::new("ld");
    ld.args(["-static", "--gc-sections", "-z", "noexecstack", "-T"])
        .arg(script)
        .arg("-o")
        .arg(program)
        .arg(object_file);
    match ld.arg(dir.join("librt.a")).output() {
        Err(_) => Ok(false),
        Ok(output) if output.status.success() => Ok(true),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Runs `program` and compares with the directives in `text`.
fn execute(program: &Path, text: &str) -> Result<(), String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).map_err(|e| e.to_string())?;
    }
    let output = Command::new(program).output().map_err(|e| e.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = directive(text, "output").unwrap_or("");
    if printed != expected {
        return Err(format!("printed {printed:?}, expected {expected:?} ({})", output.status));
    }
    let code = directive(text, "exit").map_or(0, |code| code.parse().expect("exit: a number"));
    if output.status.code() != Some(code) {
        return Err(format!("{}, expected code {code}", output.status));
    }
    Ok(())
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn programs_run() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let rt = runtime(&dir);
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/codegen");
    let mut files: Vec<PathBuf> = fs::read_dir(tests)
        .expect("tests/codegen exists")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "mir"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let mut failures = String::new();
    for path in files {
        for optimize in [true, false] {
            if let Err(message) = run(&path, &rt, &dir, optimize) {
                failures += &format!("{} (optimize: {optimize}): {message}\n", path.display());
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
