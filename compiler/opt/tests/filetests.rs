//! Golden tests: `filetests/*.mir` holds a module and, after a line `;; expect`, what the passes make of it. The first line names the passes
//! (`;; run: escape sroa`). With `UPDATE_EXPECT=1` the expectations are rewritten.

use std::path::Path;

use rgo_mir::{parse_module, print_func, verify};
use rgo_opt::{PASSES, Run};

const MARK: &str = ";; expect\n";

fn run_passes(text: &str) -> String {
    let header = text.lines().next().unwrap_or_default();
    let passes = header.strip_prefix(";; run:").expect("first line names the passes");
    let source = text.split_once(MARK).map_or(text, |(source, _)| source);
    let source = source.split_once('\n').expect("a module follows").1;
    let mut module = parse_module(source).expect("parses");
    for name in passes.split_whitespace() {
        let pass = PASSES.iter().find(|pass| pass.name == name).expect("a pass of the table");
        match pass.run {
            Run::Func(run) => {
                for func in &mut module.bodies {
                    run(func);
                }
            }
            Run::FuncIn(run) => {
                let mut bodies = std::mem::take(&mut module.bodies);
                for func in &mut bodies {
                    run(func, &module);
                }
                module.bodies = bodies;
            }
            Run::Module(run) => {
                run(&mut module);
            }
        }
        for func in &module.bodies {
            assert_eq!(verify(func, Some(&module)), vec![], "{} after {name}", func.name);
        }
    }
    module.bodies.iter().map(|func| print_func(func, Some(&module)).trim_end().to_owned() + "\n\n").collect()
}

#[test]
fn filetests() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests");
    let mut paths: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let got = run_passes(&text);
        let (source, want) = text.split_once(MARK).unwrap_or((&text, ""));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, format!("{source}{MARK}{}\n", got.trim_end())).unwrap();
            continue;
        }
        assert_eq!(got.trim(), want.trim(), "{}", path.display());
    }
}
