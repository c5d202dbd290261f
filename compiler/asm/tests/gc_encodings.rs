//! Every instruction of the tests of Go's own assembler, byte for byte. Runs where `RGO_GOROOT` (or `GOROOT`) names a tree that has them.
//!
//! A line of those files is an instruction and, behind `//`, the expected bytes or several that would do.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rgo_asm::Assembly;
use rgo_source::SourceMap;

/// Encodings that are as good as gc's, but others: a byte operand written as -1.
const OTHERS: &[&str] = &["VPEXTRW $-1, X1, AX"];

fn testdata() -> Option<PathBuf> {
    let root = std::env::var_os("RGO_GOROOT").or_else(|| std::env::var_os("GOROOT"))?;
    let dir = Path::new(&root).join("src/cmd/asm/internal/asm/testdata");
    dir.is_dir().then_some(dir)
}

/// The bytes of each line, and the lines that were refused.
fn assemble(text: &str) -> (HashMap<u32, String>, Vec<(u32, String)>) {
    let mut text = text.to_owned();
    let mut refused = Vec::new();
    loop {
        let sources = SourceMap::default();
        let file = sources.add("x_amd64.s", text.as_bytes().into(), Vec::new()).unwrap();
        let line = |pos| sources.position(pos).line;
        let flags = "#define NOSPLIT 4\n#define DUPOK 2\n";
        let mut include = |name: &str| sources.add(name, flags.as_bytes().into(), Vec::new());
        match rgo_asm::assemble(&file, "p", &[], &mut include) {
            Ok(Assembly { functions, .. }) => {
                let mut lines = HashMap::new();
                for func in &functions {
                    let ends = func.lines.iter().skip(1).map(|&(at, _)| at).chain([func.bytes.len() as u32]);
                    for (&(start, pos), end) in func.lines.iter().zip(ends) {
                        let bytes = &func.bytes[start as usize..end as usize];
                        lines.insert(line(pos), bytes.iter().map(|byte| format!("{byte:02x}")).collect());
                    }
                }
                return (lines, refused);
            }
            Err(errors) => {
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                for error in errors {
                    let at = line(error.pos);
                    lines[at as usize - 1].clear();
                    refused.push((at, error.message));
                }
                text = lines.join("\n");
            }
        }
    }
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.split(" or ").all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[test]
fn as_gc() {
    let Some(dir) = testdata() else { return };
    let mut files = vec![dir.join("amd64enc.s"), dir.join("amd64enc_extra.s")];
    files.extend(std::fs::read_dir(dir.join("avx512enc")).unwrap().map(|entry| entry.unwrap().path()));
    let (mut count, mut wrong) = (0, Vec::new());
    for path in files.iter().filter(|path| path.extension().is_some_and(|e| e == "s")) {
        let text = std::fs::read_to_string(path).unwrap();
        let (lines, refused) = assemble(&text);
        for (number, line) in (1..).zip(text.lines()) {
            let Some((instruction, expected)) = line.rsplit_once("//") else { continue };
            let (instruction, expected) = (instruction.trim(), expected.trim());
            if instruction.is_empty()
                || instruction.starts_with("//")
                || !is_hex(expected)
                || OTHERS.contains(&instruction)
            {
                continue;
            }
            count += 1;
            let found = lines.get(&number).map_or("", String::as_str);
            if !expected.split(" or ").any(|alternative| alternative == found) {
                let why = refused.iter().find(|(at, _)| *at == number).map_or("", |(_, why)| why);
                wrong.push(format!(
                    "{}:{number}: {instruction}: {expected}, not {found} {why}",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 25_000, "only {count} instructions were compared");
}

/// A selection made by gc, for where there is no such tree.
#[test]
fn a_selection() {
    let text = include_str!("encodings.txt");
    let source: String = text.lines().map(|line| format!("{}\n", line.split("//").next().unwrap())).collect();
    let (lines, refused) = assemble(&format!("TEXT f(SB),4,$0\n{source}"));
    assert_eq!(refused, []);
    for (number, line) in (2..).zip(text.lines()) {
        let (instruction, expected) = line.split_once("//").unwrap();
        assert_eq!(lines.get(&number).map(String::as_str), Some(expected.trim()), "{instruction}");
    }
}
