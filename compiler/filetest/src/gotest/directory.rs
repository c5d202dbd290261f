//! Cases that own a folder, `x.dir`: the packages in it, laid out as a module.
//!
//! testdir compiles the files of the folder as packages in the order of their names, with `-D test`: `import "./a"` means
//! the package `test/a`, called after its first file. As a module `test` whose packages have folders of their own the
//! same holds for any compiler that knows modules; local imports are rewritten on the way.

use std::path::{Path, PathBuf};

/// One package of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// From the package clause.
    pub name: String,
    /// Base names, sorted.
    pub files: Vec<String>,
}

impl Package {
    /// The files, below the module.
    pub fn paths(&self) -> Vec<String> {
        self.files.iter().map(|file| format!("{}/{}", self.folder(), module_name(file))).collect()
    }

    /// The folder below the module: the name of the first file.
    pub fn folder(&self) -> &str {
        self.files[0].trim_end_matches(".go")
    }
}

/// The packages of `dir` in the order in which testdir compiles them.
pub fn packages(dir: &Path, single_file_packages: bool) -> Result<Vec<Package>, String> {
    let mut packages: Vec<Package> = Vec::new();
    for file in files(dir, "go")? {
        let name = package_name(&read(&dir.join(&file))?).ok_or(format!("{file}: no package clause"))?;
        match packages.iter_mut().find(|package| package.name == name && !single_file_packages) {
            Some(package) => package.files.push(file),
            None => packages.push(Package { name, files: vec![file] }),
        }
    }
    if packages.is_empty() { Err(format!("{}: no Go files", dir.display())) } else { Ok(packages) }
}

/// Base names of files with this extension, sorted.
pub fn files(dir: &Path, extension: &str) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|ext| ext == extension))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn package_name(source: &str) -> Option<String> {
    let rest = source.lines().find_map(|line| line.strip_prefix("package "))?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

/// Writes the packages of `dir` as a module `test` into `module`.
pub fn lay_out(dir: &Path, packages: &[Package], go_version: &str, module: &Path) -> Result<(), String> {
    let write = |path: PathBuf, text: String| {
        std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
    };
    write(module.join("go.mod"), format!("module test\n\ngo {go_version}\n"))?;
    for package in packages {
        let folder = module.join(package.folder());
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let mut bodyless = false;
        for file in &package.files {
            let text = read(&dir.join(file))?;
            bodyless |= text.lines().any(|line| line.starts_with("func ") && !line.contains('{'));
            write(folder.join(module_name(file)), module_imports(&text))?;
        }
        // testdir runs the compiler itself, which allows functions without body; the go command does where there is assembly.
        if bodyless {
            write(folder.join("empty.s"), String::new())?;
        }
    }
    Ok(())
}

/// To the go command, a file `x_test.go` is no part of its package.
fn module_name(file: &str) -> String {
    file.replace("_test.go", "_test_.go")
}

/// `import "./a"` → `import "test/a"`, in import declarations only.
fn module_imports(source: &str) -> String {
    let mut in_group = false;
    let mut out = String::with_capacity(source.len() + 16);
    for line in source.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let is_import = trimmed.starts_with("import ")
            || trimmed.starts_with("import(")
            || trimmed.starts_with("import\"");
        if is_import && trimmed.contains('(') && !trimmed.contains(')') {
            in_group = true;
        } else if in_group && trimmed.starts_with(')') {
            in_group = false;
        }
        if is_import || in_group {
            out.push_str(
                &line.replace("\"./", "\"test/").replace("\"../", "\"test/").replace("`./", "`test/"),
            );
        } else {
            out.push_str(line);
        }
    }
    out
}

/// Copies a folder with all below it.
pub fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |path: &Path, e: std::io::Error| format!("{}: {e}", path.display());
    std::fs::create_dir_all(to).map_err(|e| failed(to, e))?;
    for entry in std::fs::read_dir(from).map_err(|e| failed(from, e))?.flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            std::fs::copy(&source, &target).map_err(|e| failed(&source, e))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{module_imports, package_name};

    #[test]
    fn local_imports() {
        let source = "package a\nimport \"./b\"\nimport (\n\t. \"./c\"\n\t\"fmt\"\n)\nvar x = \"./d\"\n";
        let want = "package a\nimport \"test/b\"\nimport (\n\t. \"test/c\"\n\t\"fmt\"\n)\nvar x = \"./d\"\n";
        assert_eq!(module_imports(source), want);
        assert_eq!(package_name("// x\npackage äb // y\n").as_deref(), Some("äb"));
    }
}
