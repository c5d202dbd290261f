//! Inputs that nobody writes on purpose: nothing may panic, overflow the stack or take forever.

use std::time::{Duration, Instant};

use rgo_source::SourceMap;

fn errors(text: &[u8]) -> usize {
    rgo_syntax::parse_file(&SourceMap::default(), "x.go", text.into()).unwrap().errors.len()
}

#[test]
fn deep_nesting() {
    let depth = 20_000;
    let wrap = |open: &str, middle: &str, close: &str| {
        format!("package p\nfunc f() {{ {}{middle}{} }}\n", open.repeat(depth), close.repeat(depth))
    };
    assert_eq!(errors(wrap("_ = (", "", "").as_bytes()), 1);
    assert_eq!(errors(wrap("{", "", "}").as_bytes()), 0);
    let parens = format!("package p\nvar x = {}1{}\n", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(errors(parens.as_bytes()), 0);
    let sums = format!("package p\nvar x = 1{}\n", " + 1".repeat(depth));
    assert_eq!(errors(sums.as_bytes()), 0);
    let types = format!("package p\nvar x {}int\n", "[]*".repeat(depth));
    assert_eq!(errors(types.as_bytes()), 0);
    assert!(errors("(".repeat(200_000).as_bytes()) > 0);
    let too_deep =
        format!("package p\nfunc f() {{ x := {}1{} }}\n", "(".repeat(120_000), ")".repeat(120_000));
    assert_eq!(errors(too_deep.as_bytes()), 1);
    let hopeless = format!("package p\nvar x = {}", "[](".repeat(200_000));
    assert!(errors(hopeless.as_bytes()) > 0);
}

/// Mutates correct sources for a second.
#[test]
fn mutations_never_panic() {
    let seeds: [&[u8]; 3] = [
        include_bytes!("golden/trees.txt"),
        include_bytes!("golden/errors.txt"),
        b"package p\n\nfunc f[T any](x ...T) (y map[string]chan<- T, err error) {\n\tfor i, v := range x {\n\t\tswitch z := any(v).(type) {\n\t\tcase int, *[]T: return\n\t\t}\n\t\tselect { case y[\"a\"] <- v: default: }\n\t\tgo func() { defer g(i) }()\n\t}\n\treturn nil, &E{1: {x}, `k`: 'c'}\n}\n",
    ];
    let pieces: [&[u8]; 16] = [
        b"(", b")", b"{", b"}", b"[", b"]", b";", b"\n", b",", b":=", b"/*", b"`", b"\"", b"\xff", b"\0",
        b"type ",
    ];
    let mut state = 0x9e37_79b9_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % below
    };
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(1) {
        let mut text = seeds[random(seeds.len())].to_vec();
        if random(2) == 0 {
            text.splice(..0, *b"package p\n");
        }
        let from = random(text.len());
        text.truncate(from + random(2000));
        for _ in 0..1 + random(4) {
            let at = random(text.len() + 1);
            let end = (at + random(6)).min(text.len());
            text.splice(at..end, pieces[random(pieces.len())].iter().copied());
        }
        errors(&text);
    }
}

#[test]
fn threads_parse_at_once() {
    let sources = SourceMap::default();
    std::thread::scope(|scope| {
        for i in 0..4 {
            let sources = &sources;
            scope.spawn(move || {
                for j in 0..20 {
                    let text = format!("package p{i}\nfunc f{j}(x int) int {{ return x + {j} }}\n");
                    let parsed = rgo_syntax::parse_file(sources, "x.go", text.as_bytes().into()).unwrap();
                    assert_eq!((parsed.errors.len(), parsed.file.decls.len()), (0, 1));
                }
            });
        }
    });
}
