//! Whole files: frames, jumps, macros, data, errors.

use std::sync::Arc;

use rgo_asm::{Assembly, Function};
use rgo_source::SourceMap;

fn assemble(text: &str) -> Result<Assembly, Vec<String>> {
    assemble_in("p/q", text)
}

fn assemble_in(package: &str, text: &str) -> Result<Assembly, Vec<String>> {
    let sources = SourceMap::default();
    let file = sources.add("x_amd64.s", text.as_bytes().into(), Vec::new()).unwrap();
    let mut include = |name: &str| {
        let text =
            (name == "textflag.h").then_some("#define NOSPLIT 4\n#define RODATA 8\n#define NOPTR 16\n")?;
        sources.add(name, Arc::from(text.as_bytes()), Vec::new())
    };
    let defines = [("GOARCH_amd64".to_owned(), "1".to_owned())];
    rgo_asm::assemble(&file, package, &defines, &mut include).map_err(|errors| {
        let line = |pos| sources.position(pos).line;
        errors.into_iter().map(|error| format!("{}: {}", line(error.pos), error.message)).collect()
    })
}

fn function(text: &str) -> Function {
    assemble(text).unwrap_or_else(|errors| panic!("{errors:?}")).functions.remove(0)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the body `text` of a function without frame assembles to.
fn body(text: &str) -> String {
    hex(&function(&format!("TEXT ·f(SB),4,$0-0\n{text}\n")).bytes)
}

#[test]
fn a_frame_saves_the_frame_pointer() {
    let f =
        function("TEXT ·f(SB), 4, $16-8\n\tMOVQ x+0(FP), R8\n\tMOVQ t-8(SP), CX\n\tMOVQ 8(SP), CX\n\tRET\n");
    assert_eq!(hex(&f.bytes), "554889e54883ec104c8b442420488b4c2408488b4c24084883c4105dc3");
    assert_eq!(f.depths, [(0, 0), (1, 8), (8, 24), (27, 8), (28, 0)]);
    assert_eq!((f.max_depth, &*f.symbol, f.args), (24, "p/q.f", Some(8)));
}

#[test]
fn pushes_move_the_pseudo_registers() {
    assert_eq!(body("PUSHQ AX; MOVQ x+0(FP), AX; POPQ BX; RET"), "50488b4424105bc3");
    let error = assemble("TEXT ·f(SB),4,$0\nPUSHQ AX\nRET\n").unwrap_err();
    assert_eq!(error, ["3: p/q.f: unbalanced PUSH/POP"]);
}

#[test]
fn jumps_are_short_where_they_reach() {
    assert_eq!(body("JMP end\nBYTE $1\nend: JEQ 2(PC)\nBYTE $2\nRET"), "eb0101740102c3");
    let far = format!("JMP end\n{}end: RET", "QUAD $0\n".repeat(16));
    assert!(body(&far).starts_with("e980000000"));
    let error = assemble("TEXT ·f(SB),4,$0\nJMP nowhere\n").unwrap_err();
    assert_eq!(error, ["2: undefined label nowhere"]);
}

#[test]
fn macros() {
    let text = "#include \"textflag.h\"\n#define TWO(a, b) \\\n\tADDQ a, b; \\\n\tADDQ b, a\n#ifdef GOARCH_amd64\n#define N 3\n#else\n#define N 4\n#endif\nTEXT ·f(SB),NOSPLIT,$0\n\tTWO(AX, (BX)(CX*8))\n\tADDQ $(N<<1), DX\n\tRET\n";
    assert_eq!(hex(&function(text).bytes), "480104cb480304cb4883c206c3");
    let error = assemble("#define F(a) a\nTEXT ·f(SB),4,$0\nF(1, 2)\n").unwrap_err();
    assert_eq!(error, ["3: mismatched argument count for macro F: 2 instead of 1"]);
}

#[test]
fn references() {
    let f =
        function("TEXT ·f(SB),4,$0\nCALL other∕pkg·g(SB)\nLEAQ t<>+8(SB), AX\nMOVQ t<>(SB)(AX*8), BX\nRET\n");
    let found: Vec<_> = f.references.iter().map(|r| (r.offset, &*r.symbol, r.addend)).collect();
    assert_eq!(found, [(5, "other/pkg.g", -4), (12, "t·0", 4), (20, "t·0", 0)]);
}

#[test]
fn data() {
    let text = "DATA t<>+0(SB)/4, $-2\nDATA t<>+8(SB)/8, $·f(SB)\nDATA t<>+16(SB)/4, $\"ab\"\nGLOBL t<>(SB), 8|16, $24\nGLOBL ·v(SB), $8\n";
    let assembly = assemble(text).unwrap();
    let [t, v] = assembly.variables.as_slice() else { panic!() };
    assert_eq!(hex(&t.bytes), "feffffff00000000000000000000000061620000");
    assert_eq!((t.size, t.align, t.read_only, t.has_pointers), (24, 16, true, false));
    assert_eq!((&*t.references[0].symbol, t.references[0].offset), ("p/q.f", 8));
    assert_eq!((&*v.symbol, v.has_pointers, v.bytes.len()), ("p/q.v", true, 0));
    let error = assemble("DATA ·t+8(SB)/8, $1\nGLOBL ·t(SB), $8\n").unwrap_err();
    assert_eq!(error, ["1: DATA for p/q.t beyond its size 8"]);
}

#[test]
fn other_conventions() {
    let text = "TEXT ·f<ABIInternal>(SB),4,$0\nx:\nMOVQ ·f<ABIInternal>(SB), AX\nJMP x\nTEXT ·g<ABI0>(SB),4,$0\nRET\n";
    let found: Vec<_> =
        assemble_in("runtime", text).unwrap().functions.iter().map(|f| f.symbol.clone()).collect();
    assert_eq!(found, ["runtime.g".into()]);
    let error = assemble(text).unwrap_err();
    assert_eq!(error[0], "1: ABI selector only permitted when compiling runtime, reference was to \".f\"");
}

#[test]
fn bad_instructions() {
    let text = "TEXT ·f(SB),4,$0\nFROB AX\nMOVQ X0, K1\nMOVQ 8(FP), AX\nADDQ $0x123456789, AX\nRET\n";
    let error = assemble(text).unwrap_err();
    assert_eq!(error, ["4: illegal use of pseudo-register in MOVQ"]);
    let error = assemble(&text.replace("MOVQ 8(FP), AX\n", "")).unwrap_err();
    let expected = [
        "2: unrecognized instruction \"FROB\"",
        "3: invalid instruction: MOVQ\tX0, K1",
        "4: invalid instruction: ADDQ\t$4886718345, AX",
    ];
    assert_eq!(error, expected);
}
