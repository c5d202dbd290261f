//! Linker arguments: no C start-up code, and the symbols that rgo's linker would define.

fn main() {
    let no_symbols = [
        "text",
        "etext",
        "functab",
        "types",
        "etypes",
        "typelinks",
        "ntypelinks",
        "allocShapes",
        "noptrdata",
        "enoptrdata",
        "noptrbss",
        "enoptrbss",
    ];
    let arguments = ["-nostartfiles", "-nostdlib", "-static", "-no-pie", "-Wl,-e,_start"];
    for argument in arguments {
        println!("cargo::rustc-link-arg={argument}");
    }
    for symbol in no_symbols {
        println!("cargo::rustc-link-arg=-Wl,--defsym=runtime.{symbol}=0");
    }
    for (symbol, value) in [
        ("data", "metal_data"),
        ("edata", "metal_data_end"),
        ("bss", "metal_data_end"),
        ("ebss", "metal_data_end"),
    ] {
        println!("cargo::rustc-link-arg=-Wl,--defsym=runtime.{symbol}={value}");
    }
}
