//! One rejected function for each rule of the verifier.

use rgo_mir::{parse_module, verify};

#[track_caller]
fn check(body: &str, expected: &str) {
    let text = format!("declare extern \"rt.label\"()\n{body}");
    let module = parse_module(&text).expect("test text parses");
    let errors: Vec<String> =
        verify(&module.bodies[0], Some(&module)).iter().map(ToString::to_string).collect();
    assert_eq!(errors.first().map_or("", String::as_str), expected, "all errors: {errors:?}");
}

#[test]
fn accepts_a_loop() {
    check(
        "func \"f\"(i64) -> i64 {\nb0(v0: i64):\n    jump b1(v0)\nb1(v1: i64):\n    v2: i8 = icmp eq v1, v0\n    \
         branch v2, b1(v1), b2\nb2:\n    return v1\n}\n",
        "",
    );
}

#[test]
fn structure() {
    check("func \"f\"() {\nb0:\n    jump b7\n}\n", "b0: edge to b7, which is not in the layout");
    check("func \"f\"() {\nb0:\n    jump b1\nb1:\n    jump b0\n}\n", "b1: edge to the entry block");
    check("func \"f\"() {\nb0:\n    return\nb0:\n    return\n}\n", "b0: twice in the layout");
    check("func \"f\"() has_defer {\nb0:\n    return\n}\n", "has_defer and a handler go together");
    check(
        "func \"f\"() has_defer handler b1 {\nb0:\n    unreachable\nb1(v0: i64):\n    return\n}\n",
        "handler b1 has parameters",
    );
    check(
        "func \"f\"() {\nb0:\n    v0: i64 = iconst 1\n    v0: i64 = iconst 2\n    return\n}\n",
        "b0: i0: result v0 has another definition",
    );
}

#[test]
fn types() {
    check("func \"f\"(i64) {\nb0:\n    return\n}\n", "entry parameters differ from the signature");
    check("func \"f\"() -> i64 {\nb0:\n    return\n}\n", "b0: returns [], not [I64]");
    check(
        "func \"f\"(i64, i32) -> i64 {\nb0(v0: i64, v1: i32):\n    v2: i64 = iadd v0, v1\n    return v2\n}\n",
        "b0: i0: operand v1 is i32, not i64",
    );
    check(
        "func \"f\"(ptr) {\nb0(v0: ptr):\n    v1: ptr = iadd v0, v0\n    return\n}\n",
        "b0: i0: operand v0 is ptr, not an integer",
    );
    check("func \"f\"() {\nb0:\n    v0: i8 = iconst 256\n    return\n}\n", "b0: i0: 256 does not fit i8");
    check(
        "func \"f\"(i64) {\nb0(v0: i64):\n    v1: i64 = sext v0\n    return\n}\n",
        "b0: i0: sext from i64 to i64",
    );
    check(
        "func \"f\"(i64) {\nb0(v0: i64):\n    jump b1\nb1(v1: i64):\n    return\n}\n",
        "b0: edge to b1 carries [], not [I64]",
    );
    check(
        "func \"f\"() {\nb0:\n    v0: ptr = closure_context\n    return\n}\n",
        "b0: i0: closure_context in a function not flagged closure",
    );
}

#[test]
fn calls() {
    check(
        "func \"f\"() {\nb0:\n    call \"rt.label\" () []\n    return\n}\n",
        "b0: i0: direct call of rt.label",
    );
    check(
        "func \"f\"() {\nb0:\n    call \"f\" (i64) []\n    return\n}\n",
        "b0: i0: call of f as (i64), declared ()",
    );
    check(
        "func \"f\"(i64) {\nb0(v0: i64):\n    call code v0 () []\n    return\n}\n",
        "b0: i0: operand v0 is i64, not ptr",
    );
}

#[test]
fn dominance() {
    check(
        "func \"f\"(i8) -> i64 {\nb0(v0: i8):\n    branch v0, b1, b2\nb1:\n    v1: i64 = iconst 1\n    jump b2\nb2:\n    \
         return v1\n}\n",
        "b2: v1 is used before its definition",
    );
    check(
        "func \"f\"() {\nb0:\n    v1: i64 = ineg v0\n    v0: i64 = iconst 1\n    return\n}\n",
        "b0: i0: v0 is used before its definition",
    );
}
