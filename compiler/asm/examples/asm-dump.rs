//! Prints what a file assembles to: `asm-dump [-I dir]... [-p package] [-D name[=value]]... file.s`.

use std::path::{Path, PathBuf};

use rgo_source::SourceMap;

fn main() {
    let mut args = std::env::args().skip(1);
    let (mut dirs, mut package, mut defines, mut files) =
        (Vec::new(), "main".to_owned(), Vec::new(), Vec::new());
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-I" => dirs.extend(args.next().map(PathBuf::from)),
            "-p" => package = args.next().unwrap_or_default(),
            "-D" => {
                let define = args.next().unwrap_or_default();
                let (name, value) = define.split_once('=').unwrap_or((&define, "1"));
                defines.push((name.to_owned(), value.to_owned()));
            }
            _ => files.push(arg),
        }
    }
    let sources = SourceMap::default();
    let mut failed = false;
    let read = |path: &Path| {
        let text = std::fs::read(path).ok()?;
        sources.add(&path.to_string_lossy(), text.into(), Vec::new())
    };
    for path in &files {
        let Some(file) = read(Path::new(path)) else {
            eprintln!("{path}: cannot be read");
            failed = true;
            continue;
        };
        let own = Path::new(path).parent().unwrap_or(Path::new(".")).to_owned();
        let mut include =
            |name: &str| std::iter::once(&own).chain(&dirs).find_map(|dir| read(&dir.join(name)));
        match rgo_asm::assemble(&file, &package, &defines, &mut include) {
            Ok(assembly) => {
                for func in &assembly.functions {
                    let bytes: Vec<String> = func.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    println!("TEXT {} {}", func.symbol, bytes.join(""));
                    for (offset, pos) in &func.lines {
                        println!("  line {offset} {}", sources.position(*pos).line);
                    }
                    for r in &func.references {
                        println!("  ref {} {:?} {}{:+}", r.offset, r.kind, r.symbol, r.addend);
                    }
                }
                for data in &assembly.variables {
                    let bytes: Vec<String> = data.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    println!("DATA {} {} {}", data.symbol, data.size, bytes.join(""));
                }
            }
            Err(errors) => {
                failed = true;
                for error in errors {
                    let at = sources.position(error.pos);
                    println!("{}:{}: {}", at.file, at.line, error.message);
                }
            }
        }
    }
    std::process::exit(i32::from(failed));
}
