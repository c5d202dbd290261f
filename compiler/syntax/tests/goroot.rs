//! Parses every file of a Go tree, when `RGO_TEST_GOROOT` names one. The tree is correct Go, so no error may be found.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rgo_source::SourceMap;

fn go_files(dir: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "testdata") {
                go_files(&path, files);
            }
        } else if path.extension().is_some_and(|ext| ext == "go") {
            files.push(path);
        }
    }
}

#[test]
fn whole_tree_parses() {
    let Some(root) = std::env::var_os("RGO_TEST_GOROOT") else { return };
    let mut files = Vec::new();
    go_files(&Path::new(&root).join("src"), &mut files);
    let sources = SourceMap::default();
    let (mut bytes, mut spent, mut failed) = (0, Duration::ZERO, 0);
    for path in &files {
        let text = fs::read(path).unwrap();
        bytes += text.len();
        let start = Instant::now();
        let parsed = rgo_syntax::parse_file(&sources, &path.to_string_lossy(), text.into()).unwrap();
        spent += start.elapsed();
        failed += usize::from(!parsed.errors.is_empty());
        for error in parsed.errors {
            let at = sources.position(error.pos);
            println!("{}:{}:{}: {}", at.file, at.line, at.col, error.message);
        }
    }
    let speed = bytes as f64 / 1e6 / spent.as_secs_f64();
    println!("{} files, {bytes} bytes, {speed:.1} MB/s, {failed} with errors", files.len());
    assert_eq!(failed, 0);
}
