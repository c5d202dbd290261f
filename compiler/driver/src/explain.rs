//! `-v`, `-x`, `-n`: what a build does, as shell commands on standard error.
//!
//! rgo runs no tools for these steps; each line shows the step as the command that would do it, so that one can see which
//! files of which directory are compiled, with what settings, and where the executable goes. Only an external linker is a real command.

use std::path::Path;

use rgo_load::{Package, PackageGraph};

use crate::flags::BuildFlags;
use crate::pipeline::Session;

impl Session<'_> {
    /// Packages in the order in which they are compiled: names (`-v`), directories and files (`-x`).
    pub(crate) fn explain_packages(&self, graph: &PackageGraph) {
        if !self.flags.verbose && !self.flags.explain {
            return;
        }
        self.explain(|| format!("GOROOT={}", word(&self.goroot.display().to_string())));
        for package in &graph.packages {
            if self.flags.verbose {
                self.progress.line(package.import_path.as_str());
            }
            self.explain(|| format!("cd {}", word(&package.dir.display().to_string())));
            self.explain(|| compile_command(package, graph, self.flags));
        }
        self.explain(|| format!("cd {}", word(&self.dir.display().to_string())));
    }

    /// The link of one executable and how it gets its name.
    pub(crate) fn explain_link(&self, graph: &PackageGraph, output: &Path) {
        let linker = &self.flags.linker;
        self.explain(|| {
            let mut command = "link".to_owned();
            for (flag, is_set) in [("-s", linker.strip_symbols), ("-w", linker.strip_debug)] {
                if is_set {
                    command.push_str(&format!(" {flag}"));
                }
            }
            for (symbol, value) in &linker.set_strings {
                command.push_str(&format!(" -X {}", word(&format!("{symbol}={value}"))));
            }
            let mode = if linker.external { "external" } else { "internal" };
            format!("{command} -linkmode={mode} -o $WORK/a.out {}", graph.package(graph.main).path)
        });
        if let Some(dir) = output.parent().filter(|dir| !dir.is_dir()) {
            self.explain(|| format!("mkdir -p {}", word(&dir.display().to_string())));
        }
        self.explain(|| format!("mv $WORK/a.out {}", word(&output.display().to_string())));
    }

    /// One line under `-x` or `-n`.
    pub(crate) fn explain(&self, line: impl FnOnce() -> String) {
        if self.flags.explain {
            self.progress.line(&line());
        }
    }
}

fn compile_command(package: &Package, graph: &PackageGraph, flags: &BuildFlags) -> String {
    let (major, minor) = package.go_version;
    let mut command = format!("compile -p {} -lang=go{major}.{minor}", package.path);
    for (flag, is_set) in [
        ("-std", package.is_std),
        ("-N", flags.compiler.no_optimization),
        ("-l", flags.compiler.no_inlining),
        ("-trimpath", flags.trimpath),
    ] {
        if is_set {
            command.push_str(&format!(" {flag}"));
        }
    }
    for file in &package.files {
        let Some(source) = graph.sources.file(file.package.pos) else { continue };
        let name = source.path.rsplit('/').next().unwrap_or(&source.path);
        command.push_str(&format!(" {}", word(&format!("./{name}"))));
    }
    command
}

/// Quotes what a shell would take apart.
pub(crate) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%~".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words_of_a_shell() {
        assert_eq!(word("/a/b-c.go"), "/a/b-c.go");
        assert_eq!(word("a b'c"), "'a b'\\''c'");
    }
}
