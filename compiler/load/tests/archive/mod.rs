//! Trees of files written down as one text.
//!
//! An archive is sections headed `-- name --`. The text before the first section holds `key: value` lines: `args` (what
//! the command line names), `tags`, `dir` (the working directory). Sections whose names begin with `std/` make up
//! GOROOT/src, those that begin with `overlay/` the overlay, the others the user's files.

use std::fs;
use std::path::Path;

use rgo_load::{Config, Disk, Failure, ModMode, Overlay, PackageGraph, load};

#[derive(Clone)]
pub struct Archive {
    pub head: String,
    /// Names and contents.
    pub sections: Vec<(String, String)>,
}

impl Archive {
    pub fn parse(input: &str) -> Archive {
        let (mut head, mut sections) = (String::new(), Vec::<(String, String)>::new());
        for line in input.split_inclusive('\n') {
            let name = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
            match (name, sections.last_mut()) {
                (Some(name), _) => sections.push((name.to_owned(), String::new())),
                (None, Some((_, text))) => text.push_str(line),
                (None, None) => head.push_str(line),
            }
        }
        Archive { head, sections }
    }

    fn key(&self, key: &str) -> String {
        let value = self.head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        value.unwrap_or_default().trim().to_owned()
    }

    /// Writes the files to `root`, `work` for the user's and `goroot`, and loads what the head names.
    pub fn load(&self, root: &Path) -> Result<PackageGraph, Failure> {
        let _ = fs::remove_dir_all(root);
        let (work, goroot) = (root.join("work"), root.join("goroot"));
        fs::create_dir_all(&work).unwrap();
        fs::create_dir_all(goroot.join("src")).unwrap();
        let mut overlay_files = Vec::new();
        let mut manifest = "";
        for (name, text) in &self.sections {
            let path = match (name.strip_prefix("std/"), name.strip_prefix("overlay/")) {
                (Some(rest), _) => goroot.join("src").join(rest),
                (_, Some("MANIFEST")) => {
                    manifest = text;
                    continue;
                }
                (_, Some(rest)) => {
                    overlay_files.push((rest, text.as_bytes()));
                    continue;
                }
                _ => work.join(name),
            };
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let overlay = Overlay::new(manifest, overlay_files).unwrap();
        let config = Config {
            goroot,
            target: rgo_target::LINUX_AMD64,
            tags: self.key("tags").split_whitespace().map(str::to_owned).collect(),
            experiments: rgo_load::Experiments::default(),
            overlay: &overlay,
            disk: Disk::default(),
            dir: work.join(self.key("dir")),
            mod_mode: ModMode::Auto,
            module_cache: Some(work.join("cache")),
            mod_file: None,
            work_file: None,
            as_compiler: false,
            parallelism: 2,
        };
        let args: Vec<String> = self.key("args").split_whitespace().map(str::to_owned).collect();
        load(&config, &args)
    }
}
