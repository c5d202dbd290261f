//! Cranelift settings of a target.

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use rgo_target::{Isa, Target};

use crate::Options;

/// Settings common to all targets. See the design, section 6, for the reasons.
fn shared_settings(options: Options) -> [(&'static str, &'static str); 13] {
    [
        ("opt_level", if options.optimize { "speed" } else { "none" }),
        ("enable_verifier", if options.verify { "true" } else { "false" }),
        ("is_pic", "false"),
        ("enable_pinned_reg", "true"),
        ("preserve_frame_pointers", "true"),
        ("enable_llvm_abi_extensions", "true"),
        ("enable_probestack", "false"),
        ("unwind_info", "false"),
        ("machine_code_cfg_info", "false"),
        ("enable_heap_access_spectre_mitigation", "false"),
        ("enable_table_access_spectre_mitigation", "false"),
        ("log2_min_function_alignment", "5"),
        ("regalloc_algorithm", "backtracking"),
    ]
}

/// x86-64-v2. FMA is on because only `InstKind::Fma` uses it, which `lower` guards by a test of the CPU.
const X86_64_FEATURES: &[&str] =
    &["has_sse3", "has_ssse3", "has_sse41", "has_sse42", "has_popcnt", "has_cmpxchg16b", "has_fma"];

/// The instruction set with all settings.
pub fn build(target: &Target, options: Options) -> Result<OwnedTargetIsa, String> {
    let (triple, features) = match target.isa {
        Isa::X86_64 => ("x86_64-unknown-none-elf", X86_64_FEATURES),
        Isa::Aarch64 | Isa::Riscv64 => return Err(format!("no back end for {}", target.goarch)),
    };
    let mut flags = settings::builder();
    for (name, value) in shared_settings(options) {
        flags.set(name, value).map_err(|e| format!("setting {name}: {e}"))?;
    }
    let mut isa = cranelift_codegen::isa::lookup_by_name(triple).map_err(|e| e.to_string())?;
    for name in features {
        isa.enable(name).map_err(|e| format!("feature {name}: {e}"))?;
    }
    isa.finish(settings::Flags::new(flags)).map_err(|e| e.to_string())
}
