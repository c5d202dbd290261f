//! Files of std that `cmd/dist` writes and a source archive lacks, made in memory when they are missing.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::disk::Disk;

/// The text of a file, from what lies in GOROOT.
type Make = fn(&Path, &Disk) -> Option<String>;

/// The files of std package `package` that exist neither in its directory (`present`) nor anywhere else.
pub(crate) fn missing_files(
    goroot: &Path,
    package: &str,
    present: &[String],
    disk: &Disk,
) -> Vec<(String, Arc<[u8]>)> {
    let (name, make): (&str, Make) = match package {
        "internal/buildcfg" => ("zbootstrap.go", |_, _| Some(zbootstrap())),
        "internal/runtime/sys" => ("zversion.go", |_, _| Some("package sys\n".to_owned())),
        "time/tzdata" => ("zzipdata.go", zzipdata),
        _ => return Vec::new(),
    };
    if present.iter().any(|file| file == name) {
        return Vec::new();
    }
    make(goroot, disk).map(|text| (name.to_owned(), text.into_bytes().into())).into_iter().collect()
}

/// Defaults of the settings that `internal/buildcfg` reads from the environment.
fn zbootstrap() -> String {
    let defaults = [
        ("DefaultGO386", "sse2"),
        ("DefaultGOAMD64", "v1"),
        ("DefaultGOARM", "7"),
        ("DefaultGOARM64", "v8.0"),
        ("DefaultGOMIPS", "hardfloat"),
        ("DefaultGOMIPS64", "hardfloat"),
        ("DefaultGOPPC64", "power8"),
        ("DefaultGORISCV64", "rva20u64"),
        ("defaultGOEXPERIMENT", ""),
        ("defaultGO_EXTLINK_ENABLED", ""),
        ("defaultGO_LDSO", ""),
        ("version", crate::goroot::VERSION),
        ("DefaultGOFIPS140", "off"),
        ("DefaultCGO_ENABLED", ""),
    ];
    let mut text = String::from("package buildcfg\n\nimport \"runtime\"\n\n");
    for (name, value) in defaults {
        let _ = writeln!(text, "const {name} = `{value}`");
    }
    text.push_str("const defaultGOOS = runtime.GOOS\nconst defaultGOARCH = runtime.GOARCH\n");
    text
}

/// The time zone database as a Go string.
fn zzipdata(goroot: &Path, disk: &Disk) -> Option<String> {
    let data = disk.read(&goroot.join("lib/time/zoneinfo.zip")).ok()?;
    let mut text = String::with_capacity(data.len() * 4 + 64);
    text.push_str("package tzdata\n\nconst zipdata = \"");
    for byte in data {
        let _ = write!(text, "\\x{byte:02x}");
    }
    text.push_str("\"\n");
    Some(text)
}
