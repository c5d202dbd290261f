//! Passes keep what programs do: random functions are interpreted before and after each pass, alone, in the order of the table and in random orders.
//!
//! One second as a unit test; `RGO_TEST_ROUNDS` asks for that many modules instead, `RGO_TEST_SEED` for others. Of a failure the module, the passes and
//! both outcomes are printed.

mod interpreter;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use interpreter::random::{self, Random};
use interpreter::{End, Outcome, run};
use rgo_mir::{Module, parse_module, print_module, verify};
use rgo_opt::{PASSES, Pass, Run};

fn apply(pass: &Pass, module: &mut Module) {
    match pass.run {
        Run::Func(run) => module.bodies.iter_mut().for_each(|func| {
            run(func);
        }),
        Run::FuncIn(run) => {
            let mut bodies = std::mem::take(&mut module.bodies);
            bodies.iter_mut().for_each(|func| {
                run(func, module);
            });
            module.bodies = bodies;
        }
        Run::Module(run) => {
            run(module);
        }
    }
    for func in &module.bodies {
        assert_eq!(verify(func, Some(module)), vec![], "{} after {}", func.name, pass.name);
    }
}

/// Pointers in variables are addresses, which passes may change: only whether they are nil counts.
fn comparable(mut outcome: Outcome) -> Outcome {
    for bytes in outcome.data.values_mut() {
        for word in bytes[32..].chunks_mut(8) {
            let nil = word.iter().all(|&byte| byte == 0);
            word.fill(u8::from(!nil));
        }
    }
    outcome
}

/// The outcomes for a few arguments.
fn outcomes(module: &Module) -> Vec<Outcome> {
    let arguments = [
        [0, 0, 0],
        [1, 7, 1.5f64.to_bits()],
        [u64::MAX, 1 << 31, (-0.0f64).to_bits()],
        [6, 3, f64::NAN.to_bits()],
    ];
    arguments.iter().map(|args| comparable(run(module, "main.f0", args))).collect()
}

fn check(text: &str, before: &[Outcome], passes: &[&Pass]) {
    let mut module = parse_module(text).expect("parses");
    let names: Vec<&str> = passes.iter().map(|pass| pass.name).collect();
    for pass in passes {
        apply(pass, &mut module);
    }
    for (before, after) in before.iter().zip(outcomes(&module)) {
        // Passes may save steps: a run that was too long tells nothing.
        if before.end == End::OutOfFuel || *before == after {
            continue;
        }
        panic!("{names:?} change what\n{text}\ndoes:\n{before:?}\n{after:?}\nnow\n{}", print_module(&module));
    }
}

#[test]
fn passes_keep_what_functions_do() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let rounds = number("RGO_TEST_ROUNDS");
    let seed = number("RGO_TEST_SEED").unwrap_or(1);
    let start = Instant::now();
    let (mut made, mut ends) = (0, BTreeMap::<&str, usize>::new());
    while rounds.map_or(start.elapsed() < Duration::from_secs(1), |rounds| made < rounds) {
        let mut random = Random(seed.wrapping_mul(0x1_0000_0000).wrapping_add(made));
        made += 1;
        let module = random::module(&mut random);
        for func in &module.bodies {
            assert_eq!(verify(func, Some(&module)), vec![], "{}", rgo_mir::print_func(func, Some(&module)));
        }
        let text = print_module(&module);
        let parsed = parse_module(&text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        assert_eq!(print_module(&parsed), text);
        let before = outcomes(&parsed);
        for outcome in &before {
            let end = match &outcome.end {
                End::Return(_) => "returned",
                End::Panic(_) => "panicked",
                End::OutOfFuel => "too long",
                End::Error(why) => panic!("{why}\n{text}"),
            };
            *ends.entry(end).or_default() += 1;
        }
        for pass in PASSES {
            check(&text, &before, &[pass]);
        }
        check(&text, &before, &PASSES.iter().collect::<Vec<_>>());
        for _ in 0..3 {
            let passes: Vec<&Pass> = (0..6).map(|_| &PASSES[random.below(PASSES.len())]).collect();
            check(&text, &before, &passes);
        }
    }
    println!("{made} modules; runs {ends:?}");
}
