//! Building the same twice: what the cache may answer, and what it may not.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A module in a directory of its own, with a cache of its own.
struct Module(PathBuf);

impl Module {
    fn new() -> Module {
        let dir = std::env::temp_dir().join(format!("rgo-build-cache-test-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let module = Module(dir);
        module.write("go.mod", "module example.com/m\n\ngo 1.27\n");
        module
    }

    /// Files are left alone long enough for their time stamps to tell.
    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join("m").join(name), text)
            .or_else(|_| {
                fs::create_dir_all(self.0.join("m"))
                    .and_then(|()| fs::write(self.0.join("m").join(name), text))
            })
            .unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }

    fn build(&self, flags: &[&str]) {
        let mut rgo = Command::new(env!("CARGO_BIN_EXE_rgo"));
        rgo.arg("build").args(flags).current_dir(self.0.join("m")).env("GOFLAGS", "").env_remove("GOWORK");
        let output = rgo.env("RGO_BUILD_CACHE", self.0.join("cache")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// What the program in the module's directory prints.
    fn output(&self) -> String {
        let output = Command::new(self.0.join("m/m")).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    }

    /// The only entry; a new build makes a new file of it.
    fn entry(&self) -> (PathBuf, u64) {
        let entries = fs::read_dir(self.0.join("cache")).unwrap().map(|entry| entry.unwrap().path());
        let entries: Vec<PathBuf> = entries.filter(|path| !path.ends_with("trimmed")).collect();
        let [entry] = &entries[..] else { panic!("{entries:?}") };
        (entry.clone(), inode(entry))
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

#[test]
fn unchanged_programs_are_not_built_again() {
    let module = Module::new();
    module.write("main.go", "package main\n\nfunc main() { println(text) }\n");
    module.write("text.go", "package main\n\nvar text = \"one\"\n");
    module.build(&[]);
    assert_eq!(module.output(), "one\n");
    let first = module.entry();
    // The executable in the package's directory is no change of the package.
    fs::remove_file(module.0.join("m/m")).unwrap();
    module.build(&[]);
    assert_eq!((module.output(), module.entry()), ("one\n".to_owned(), first.clone()));

    module.build(&["-a"]);
    let second = module.entry();
    assert_ne!(second, first);

    module.write("text.go", "package main\n\nvar text = \"two\"\n");
    module.build(&[]);
    assert_eq!(module.output(), "two\n");

    module.write("more.go", "package main\n\nfunc init() { println(\"more\") }\n");
    module.build(&[]);
    assert_eq!(module.output(), "more\ntwo\n");
    fs::remove_file(module.0.join("m/more.go")).unwrap();
    module.build(&[]);
    assert_eq!(module.output(), "two\n");

    // Damage of any kind means that there is no entry.
    let (entry, _) = module.entry();
    let mut bytes = fs::read(&entry).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&entry, &bytes).unwrap();
    module.build(&[]);
    assert_eq!(module.output(), "two\n");
    fs::write(&entry, &bytes[..100]).unwrap();
    module.build(&[]);
    assert_eq!(module.output(), "two\n");
}
