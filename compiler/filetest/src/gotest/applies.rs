//! Which cases say nothing about a compiler other than gc, or nothing on this target. The rules look at the recipe and at
//! the text of a case, never at its name.

use super::Case;
use super::constraint;
use super::recipe::Recipe;

/// The rule by which a case does not apply, if one does.
pub fn excluded(case: &Case) -> Option<&'static str> {
    if !constraint::holds(&case.source, &constraint::is_set) {
        return Some("build constraint");
    }
    let recipe = case.recipe.as_ref().ok()?;
    if recipe.action == "skip" {
        return Some("skipped by its own recipe");
    }
    if recipe.action == "asmcheck" {
        return Some("compares gc's assembly");
    }
    if recipe.flags.iter().any(|flag| concerns_a_pass(flag)) {
        return Some("debug settings and reports of gc's own passes (-d=, -live)");
    }
    if recipe.checks_errors() && is_part_of_runtime(recipe) {
        return Some("compiled as part of gc's runtime (-+, -std)");
    }
    if imports(case, |path| path == "C") {
        return Some("cgo");
    }
    if imports(case, |path| {
        path.starts_with("internal/") || path.contains("/internal/") || path.starts_with("cmd/")
    }) {
        return Some("imports packages internal to gc");
    }
    if runs_gc_tools(&case.source) {
        return Some("runs gc's own tools (asm, link, nm, objdump, pack; compile with -S)");
    }
    None
}

/// `-d=` sets what concerns gc's passes, apart from self-checks and what concerns errors in general. It stands by itself or
/// in `-gcflags`.
fn concerns_a_pass(flag: &str) -> bool {
    if matches!(flag, "-live" | "-S") || flag.starts_with("-live=") || flag.starts_with("-wb=") {
        return true;
    }
    flag.match_indices("-d=").any(|(at, mark)| {
        let list = flag[at + mark.len()..].split_whitespace().next().unwrap_or_default();
        !list.split(',').all(|item| item == "panic" || item.starts_with("ssa/check/"))
    })
}

fn is_part_of_runtime(recipe: &Recipe) -> bool {
    recipe.flags.iter().any(|flag| matches!(flag.as_str(), "-+" | "-std"))
}

/// Whether the case, or a file of its folder, imports such a path.
fn imports(case: &Case, is_meant: impl Fn(&str) -> bool) -> bool {
    let mut sources = vec![case.source.clone()];
    if case.action().ends_with("dir") {
        sources.extend(go_files(&case.dir()));
    }
    sources.iter().any(|source| import_paths(source).any(&is_meant))
}

/// The texts of a folder's Go files, with those of its folders.
fn go_files(dir: &std::path::Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut texts = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            // A folder of that name is the case's own.
            if entry.file_name() != "internal" {
                texts.extend(go_files(&path));
            }
        } else if path.extension().is_some_and(|ext| ext == "go") {
            texts.extend(std::fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    texts
}

/// Import paths of std or cmd, found line by line: a path with a dot in its first element is the case's own.
fn import_paths(source: &str) -> impl Iterator<Item = &str> {
    let mut in_group = false;
    source.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("import") {
            let rest = rest.trim_start();
            if rest.starts_with('(') {
                in_group = true;
                return None;
            }
            return quoted(rest);
        }
        if line.starts_with(')') {
            in_group = false;
        }
        if in_group { quoted(line) } else { None }
    })
}

fn quoted(text: &str) -> Option<&str> {
    let open = text.find('"')?;
    let close = text[open + 1..].find('"')? + open + 1;
    Some(&text[open + 1..close])
        .filter(|path| !path.starts_with('.') && !path.split('/').next().unwrap_or_default().contains('.'))
}

/// `"go", "tool", "asm"` and the like, or the compiler asked for assembly.
fn runs_gc_tools(source: &str) -> bool {
    const TOOLS: [&str; 6] = ["asm", "link", "nm", "objdump", "pack", "buildid"];
    let names_tool = |tool: &str| {
        source.contains(&format!("\"tool\", \"{tool}\"")) || source.contains(&format!("go tool {tool}"))
    };
    source.contains("\"os/exec\"")
        && (TOOLS.iter().any(|tool| names_tool(tool))
            || source.contains("\"-S\"")
            || source.contains("-gcflags=-S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(source: &str) -> Case {
        let recipe = Recipe::parse(source);
        Case { name: "x.go".to_owned(), path: "x.go".into(), source: source.to_owned(), recipe }
    }

    #[test]
    fn rules() {
        for (source, expected) in [
            ("// run\n\npackage main\n", None),
            ("// skip\n", Some("skipped")),
            ("// errorcheck -0 -d=nil\n", Some("debug settings")),
            ("// run -gcflags=all=-d=checkptr\n", Some("debug settings")),
            ("// run -gcflags=-d=ssa/check/on\n", None),
            ("// errorcheck -d=panic\n", None),
            ("// errorcheck -0 -m\n", None),
            ("// run\n\npackage main\n\nimport (\n\t\"fmt\"\n\t\"internal/abi\"\n)\n", Some("imports")),
            ("// run\n\npackage main\n\nimport \"./internal/abi\"\n", None),
            ("// run\n\n//go:build cgo\n\npackage main\n", Some("build constraint")),
            ("// run\n\npackage main\n\nimport \"C\"\n", Some("cgo")),
        ] {
            let found = excluded(&case(source));
            match expected {
                None => assert_eq!(found, None, "{source}"),
                Some(start) => {
                    assert!(found.is_some_and(|rule| rule.starts_with(start)), "{source}: {found:?}")
                }
            }
        }
    }
}
