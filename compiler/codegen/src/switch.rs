//! `Terminator::Switch`: which comparisons find the case.
//!
//! Neighbouring cases that lead to the same place are one range. Ranges within a word's width that lead to the same place are tested by one bit
//! mask; dense ones go through a jump table, whose indirect jump costs more than two or three comparisons; what is left is found by bisection.
//! Cases and scrutinee compare as unsigned numbers.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, types};
use cranelift_frontend::Switch;
use rgo_mir::{Block, Terminator, Value};

use crate::func::Translator;

/// From this many ranges on one mask replaces them.
const MIN_MASK: usize = 3;
/// From this many ranges on, one in `MAX_SPREAD` values being a case, a table replaces them.
const MIN_TABLE: usize = 8;
const MAX_SPREAD: u64 = 3;

/// Values `lo..=hi` lead to `block`.
#[derive(Clone, Copy)]
struct Range {
    lo: u64,
    hi: u64,
    block: Block,
}

/// What is decided at once.
enum Test {
    One(Range),
    /// Bit i of the mask: `lo + i` leads to the block.
    Mask {
        lo: u64,
        hi: u64,
        mask: u64,
        block: Block,
    },
    Table(Vec<Range>),
}

impl Test {
    fn lo(&self) -> u64 {
        match self {
            Test::One(range) => range.lo,
            Test::Mask { lo, .. } => *lo,
            Test::Table(ranges) => ranges[0].lo,
        }
    }
}

impl Translator<'_> {
    pub fn switch(&mut self, value: Value, cases: &[(i64, Block)], default: Block) {
        let ty = self.func.ty(value);
        let mask = u64::MAX >> (64 - ty.bits(8));
        let mut sorted: Vec<(u64, Block)> =
            cases.iter().map(|&(k, block)| (k as u64 & mask, block)).collect();
        // Of equal cases the first counts.
        sorted.sort_by_key(|case| case.0);
        sorted.dedup_by_key(|case| case.0);
        let mut ranges: Vec<Range> = Vec::new();
        for (k, block) in sorted {
            match ranges.last_mut() {
                Some(last) if last.hi.checked_add(1) == Some(k) && self.same_place(last.block, block) => {
                    last.hi = k;
                }
                _ => ranges.push(Range { lo: k, hi: k, block }),
            }
        }
        let tests = self.tests(&ranges);
        let x = self.value(value);
        let default = self.block(default);
        self.bisect(x, &tests, default);
    }

    /// Where a jump to `block` ends: edges of a switch are blocks of their own, often empty.
    fn place(&self, block: Block) -> (Block, &[Value]) {
        let data = &self.func.blocks[block];
        match &data.term {
            Some(Terminator::Jump(target, args)) if data.insts.is_empty() => (*target, args),
            _ => (block, &[]),
        }
    }
    fn same_place(&self, a: Block, b: Block) -> bool {
        self.place(a) == self.place(b)
    }

    fn tests(&self, ranges: &[Range]) -> Vec<Test> {
        let mut tests = Vec::new();
        let mut at = 0;
        while let Some(&first) = ranges.get(at) {
            let rest = &ranges[at..];
            let alike = rest
                .iter()
                .take_while(|r| r.hi - first.lo < 64 && self.same_place(r.block, first.block))
                .count();
            let dense = (MIN_TABLE..=rest.len())
                .rev()
                .find(|&n| (rest[n - 1].hi - first.lo) / MAX_SPREAD < covered(&rest[..n]));
            if alike >= MIN_MASK {
                let bits = |r: &Range| (u64::MAX >> (63 - (r.hi - r.lo))) << (r.lo - first.lo);
                let mask = rest[..alike].iter().fold(0, |mask, r| mask | bits(r));
                tests.push(Test::Mask { lo: first.lo, hi: rest[alike - 1].hi, mask, block: first.block });
                at += alike;
            } else if let Some(n) = dense.filter(|&n| covered(&rest[..n]) <= 4096) {
                tests.push(Test::Table(rest[..n].to_vec()));
                at += n;
            } else {
                tests.push(Test::One(first));
                at += 1;
            }
        }
        tests
    }

    fn bisect(&mut self, x: ir::Value, tests: &[Test], default: ir::Block) {
        match tests {
            [] => {
                self.b.ins().jump(default, &[]);
            }
            [only] => self.test(x, only, default),
            [first, rest @ ..] if rest.len() <= 2 => {
                let next = self.b.create_block();
                self.test(x, first, next);
                self.b.switch_to_block(next);
                self.bisect(x, rest, default);
            }
            _ => {
                let (low, high) = tests.split_at(tests.len() / 2);
                let (below, above) = (self.b.create_block(), self.b.create_block());
                let less = self.compare_imm(IntCC::UnsignedLessThan, x, high[0].lo());
                self.b.ins().brif(less, below, &[], above, &[]);
                self.b.switch_to_block(below);
                self.bisect(x, low, default);
                self.b.switch_to_block(above);
                self.bisect(x, high, default);
            }
        }
    }

    /// Goes where `test` says, or to `otherwise`.
    fn test(&mut self, x: ir::Value, test: &Test, otherwise: ir::Block) {
        match test {
            Test::One(Range { lo, hi, block }) => {
                let block = self.block(*block);
                let hit = if lo == hi {
                    self.compare_imm(IntCC::Equal, x, *lo)
                } else {
                    let distance = self.distance(x, *lo);
                    self.compare_imm(IntCC::UnsignedLessThanOrEqual, distance, hi - lo)
                };
                self.b.ins().brif(hit, block, &[], otherwise, &[]);
            }
            Test::Mask { lo, hi, mask, block } => {
                let (block, near) = (self.block(*block), self.b.create_block());
                let distance = self.distance(x, *lo);
                let inside = self.compare_imm(IntCC::UnsignedLessThanOrEqual, distance, hi - lo);
                self.b.ins().brif(inside, near, &[], otherwise, &[]);
                self.b.switch_to_block(near);
                let distance = match self.b.func.dfg.value_type(distance) {
                    types::I64 => distance,
                    _ => self.b.ins().uextend(types::I64, distance),
                };
                let mask = self.iconst(types::I64, *mask as i64);
                let bits = self.b.ins().ushr(mask, distance);
                let hit = self.b.ins().band_imm_u(bits, 1);
                self.b.ins().brif(hit, block, &[], otherwise, &[]);
            }
            Test::Table(ranges) => {
                let mut switch = Switch::new();
                for range in ranges {
                    let block = self.block(range.block);
                    for k in range.lo..=range.hi {
                        switch.set_entry(u128::from(k), block);
                    }
                }
                switch.emit(&mut self.b, x, otherwise);
            }
        }
    }

    fn distance(&mut self, x: ir::Value, from: u64) -> ir::Value {
        if from == 0 {
            return x;
        }
        let from = self.iconst(self.b.func.dfg.value_type(x), from as i64);
        self.b.ins().isub(x, from)
    }
    fn compare_imm(&mut self, cc: IntCC, x: ir::Value, k: u64) -> ir::Value {
        let k = self.iconst(self.b.func.dfg.value_type(x), k as i64);
        self.b.ins().icmp(cc, x, k)
    }
}

/// How many values lead somewhere.
fn covered(ranges: &[Range]) -> u64 {
    ranges.iter().map(|r| (r.hi - r.lo).saturating_add(1)).fold(0, u64::saturating_add)
}
