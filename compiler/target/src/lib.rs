//! What a target is, as data: word size, ISA, operating system, object format, page size.
//!
//! The compiler is always a cross compiler: every stage takes a `&Target`, none asks what it runs on.

/// Instruction set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Isa {
    X86_64,
    Aarch64,
    Riscv64,
}

/// Operating system.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Os {
    Linux,
    Darwin,
    Windows,
}

/// Executable and object format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ObjectFormat {
    Elf,
    MachO,
    Pe,
}

/// A target.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Target {
    pub isa: Isa,
    pub os: Os,
    pub format: ObjectFormat,
    /// Bytes in a pointer, an `int` and a `uintptr`.
    pub word: u32,
    /// `GOARCH`
    pub goarch: &'static str,
    /// `GOOS`
    pub goos: &'static str,
    /// Bytes to which segments of an executable are aligned.
    pub page: u64,
}

/// linux/amd64.
pub const LINUX_AMD64: Target = Target {
    isa: Isa::X86_64,
    os: Os::Linux,
    format: ObjectFormat::Elf,
    word: 8,
    goarch: "amd64",
    goos: "linux",
    page: 4096,
};

/// Every target rgo can compile for today.
pub const ALL: &[Target] = &[LINUX_AMD64];

impl Target {
    /// Finds `goos/goarch`.
    pub fn find(goos: &str, goarch: &str) -> Option<Target> {
        ALL.iter().copied().find(|t| t.goos == goos && t.goarch == goarch)
    }
}
