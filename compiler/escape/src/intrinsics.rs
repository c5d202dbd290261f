//! Functions that gc replaces by instructions: their calls cost nothing extra and are not inlined.

/// Whether the function is one of them (on amd64).
pub(crate) fn is_intrinsic(pkg: &str, name: &str) -> bool {
    match pkg {
        "math" => matches!(
            name,
            "Sqrt" | "sqrt" | "Trunc" | "Ceil" | "Floor" | "RoundToEven" | "Abs" | "Copysign" | "FMA"
        ),
        "math/big" => name == "mulWW",
        "math/bits" => {
            let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
            match base {
                "TrailingZeros" | "Len" | "RotateLeft" | "OnesCount" => true,
                "ReverseBytes" => name != "ReverseBytes16",
                "Mul" | "Add" | "Sub" => {
                    name == "Mul64" || name == "Add64" || name == "Sub64" || name == base
                }
                "Div" => name == "Div64" || name == "Div",
                _ => false,
            }
        }
        "sync/atomic" => {
            let operations = ["Load", "Store", "Add", "Swap", "CompareAndSwap", "And", "Or"];
            let types = ["Int32", "Int64", "Uint32", "Uint64", "Uintptr", "Pointer"];
            operations.iter().any(|op| {
                let Some(ty) = name.strip_prefix(op) else { return false };
                let writes_pointer = ty == "Pointer" && *op != "Load";
                types.contains(&ty) && !writes_pointer
            })
        }
        "internal/runtime/atomic" => !name.contains('.') && !name.contains("NoWB") && name != "StorePointer",
        "internal/runtime/sys" => matches!(
            name,
            "GetClosurePtr"
                | "Prefetch"
                | "PrefetchStreamed"
                | "TrailingZeros8"
                | "TrailingZeros32"
                | "TrailingZeros64"
                | "Len8"
                | "Len64"
                | "OnesCount64"
                | "Bswap32"
                | "Bswap64"
        ),
        "internal/runtime/math" => matches!(name, "MulUintptr" | "Add64" | "Mul64"),
        "runtime" => matches!(name, "KeepAlive" | "slicebytetostringtmp" | "publicationBarrier"),
        _ => false,
    }
}
