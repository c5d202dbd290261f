//! `-ldflags=-linkmode=external`: the object and the runtime go to the system's linker.
//!
//! `-extld` names a linker (`ld`, `ld.lld`; the default is `ld`) or a C compiler that calls one (`gcc`, `clang`).

use std::fs;
use std::path::Path;
use std::process::Command;

use rgo_target::Target;

use crate::cleanup::Temporary;
use crate::explain::word;
use crate::flags::LinkerFlags;

/// The executable's bytes. `explain` (`-x`) shows the command that makes it.
pub(crate) fn link(
    object: &[u8],
    rt: &[u8],
    flags: &LinkerFlags,
    target: &Target,
    explain: bool,
) -> Result<Vec<u8>, String> {
    let script = rgo_link::linker_script(target)
        .ok_or_else(|| format!("no external linking for {}/{}", target.goos, target.goarch))?;
    let parent = std::env::temp_dir();
    let dir = Temporary::dir(&parent, "rgo-link-").map_err(|e| format!("{}: {e}", parent.display()))?;
    link_in(dir.path(), object, rt, script, flags, explain)
}

fn link_in(
    dir: &Path,
    object: &[u8],
    rt: &[u8],
    script: &str,
    flags: &LinkerFlags,
    explain: bool,
) -> Result<Vec<u8>, String> {
    for (name, contents) in [("program.o", object), ("librt.a", rt), ("script.ld", script.as_bytes())] {
        fs::write(dir.join(name), contents).map_err(|e| format!("{name}: {e}"))?;
    }
    let linker = flags.external_linker.as_deref().unwrap_or("ld");
    let mut command = Command::new(linker);
    if is_compiler(linker) {
        command.args([
            "-static",
            "-nostdlib",
            "-no-pie",
            "-Wl,--gc-sections,-z,noexecstack",
            "-T",
            "script.ld",
        ]);
    } else {
        command.args(["-static", "--gc-sections", "-z", "noexecstack", "-T", "script.ld"]);
    }
    if flags.strip_symbols {
        command.arg("-s");
    }
    command.args(["-o", "program", "program.o", "librt.a"]).args(&flags.external_flags).current_dir(dir);
    if explain {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words: Vec<String> = words.map(|text| word(&text.to_string_lossy())).collect();
        eprintln!("cd {}\n{}", word(&dir.display().to_string()), words.join(" "));
    }
    let output = command.output().map_err(|e| format!("running {linker}: {e}"))?;
    if !output.status.success() {
        let messages = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{linker}: {}\n{}", output.status, messages.trim_end()));
    }
    fs::read(dir.join("program")).map_err(|e| format!("{linker} wrote no executable: {e}"))
}

/// Whether the program is a compiler driver rather than a linker.
fn is_compiler(linker: &str) -> bool {
    let name = Path::new(linker).file_name().unwrap_or_default().to_string_lossy().into_owned();
    !name.starts_with("ld") && (name.contains("cc") || name.contains("clang") || name.contains("c++"))
}
