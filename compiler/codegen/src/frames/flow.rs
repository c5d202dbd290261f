//! Liveness of frame words and kept registers: the usual backward data flow over basic blocks, and a forward one that says which slots have
//! been written, and had their address taken, at all.

use rgo_abi::frame_map::KEPT;

use super::{Decoded, Flow, Inst, Limits, Op, Shape};

/// Slots of more words are tracked as one.
const COARSE: u32 = 64;
/// Functions with more places are not analysed.
const MAX_PLACES: usize = 1 << 14;

/// What is live where a call returns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    /// Offset of the return address.
    pub ret: u32,
    /// Kept registers with live values of this function: bits.
    pub registers: u8,
    /// Words that may be read, ascending ranges (first, words).
    pub live: Vec<(u32, u32)>,
    /// Slots that may be read through a pointer, and matter: indexes of [`Shape::slots`].
    pub objects: Vec<u32>,
}

/// The calls of a function, in order of address.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sites {
    pub sites: Vec<Site>,
}

/// Solves liveness. None if the function is not understood or too large.
pub fn solve(decoded: &Decoded, shape: &Shape) -> Option<Sites> {
    if !decoded.ops.iter().any(|op| matches!(op, Op::Call(_))) {
        return None;
    }
    let places = Places::new(shape)?;
    // A register that is used has been saved before.
    let uses_unsaved =
        |op: &Op| matches!(*op, Op::Use(r) | Op::Def(r) if decoded.saved[r as usize].is_none());
    if decoded.ops.iter().any(uses_unsaved) {
        return None;
    }
    let blocks = Blocks::new(decoded, shape)?;
    let live_out = backward(decoded, &blocks, &places)?;
    let known_in = forward(decoded, &blocks, &places)?;
    let mut sites = Vec::new();
    for (index, block) in blocks.list.iter().enumerate() {
        let insts = &decoded.insts[block.insts.0..block.insts.1];
        let ops = ops_of(decoded, insts);
        if !ops.iter().any(|op| matches!(op, Op::Call(_))) {
            continue;
        }
        // Forward first: what is known at each call of the block, in order.
        let mut known = known_in[index].clone();
        let mut at_calls = Vec::new();
        for op in ops {
            if let Op::Call(_) = op {
                at_calls.push(known.clone());
            }
            places.step_forward(*op, &mut known)?;
        }
        let mut live = live_out[index].clone();
        for op in ops.iter().rev() {
            if let Op::Call(ret) = *op {
                let known = at_calls.pop()?;
                sites.push(places.site(ret, &live, &known, &decoded.saved, &shape.limits));
            }
            places.step_backward(*op, &mut live)?;
        }
    }
    sites.sort_unstable_by_key(|site| site.ret);
    Some(Sites { sites })
}

/// The ops of instructions that lie next to each other in execution: a block's.
fn ops_of<'a>(decoded: &'a Decoded, insts: &[Inst]) -> &'a [Op] {
    match (insts.first(), insts.last()) {
        (Some(first), Some(last)) if first.ops.0 <= last.ops.1 => {
            &decoded.ops[first.ops.0 as usize..last.ops.1 as usize]
        }
        _ => &[],
    }
}

/// A set of small numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: usize) -> Bits {
        Bits(vec![0; len.div_ceil(64)])
    }
    fn set(&mut self, range: std::ops::Range<usize>) {
        range.for_each(|i| self.0[i / 64] |= 1 << (i % 64));
    }
    fn clear(&mut self, range: std::ops::Range<usize>) {
        range.for_each(|i| self.0[i / 64] &= !(1 << (i % 64)));
    }
    fn has(&self, i: usize) -> bool {
        self.0[i / 64] & 1 << (i % 64) != 0
    }
    /// Adds `other`; whether that changed anything.
    fn add(&mut self, other: &Bits) -> bool {
        let mut changed = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            changed |= *more & !*word != 0;
            *word |= more;
        }
        changed
    }
}

/// A part of the frame.
#[derive(Clone, Copy, Debug)]
struct Area {
    first: u32,
    words: u32,
    /// Number of its first place; one for each word, or one in all.
    place: usize,
    coarse: bool,
    /// Index of the slot, for what is no spill area.
    slot: Option<u32>,
    limited: bool,
}

impl Area {
    fn places(&self) -> std::ops::Range<usize> {
        self.place..self.place + if self.coarse { 1 } else { self.words as usize }
    }
}

/// What is tracked: kept registers, then words of the frame; forward also whether a slot's address has been taken.
struct Places {
    areas: Vec<Area>,
    len: usize,
    slots: usize,
}

impl Places {
    fn new(shape: &Shape) -> Option<Places> {
        let mut areas = Vec::new();
        let mut len = KEPT;
        let mut at = 0;
        let mut area = |first: u32, end: u32, slot: Option<u32>| {
            if first < end {
                let words = end - first;
                let coarse = words > COARSE && slot.is_some();
                let limited = slot.is_some_and(|slot| shape.limits.is_limited(slot));
                areas.push(Area { first, words, place: len, coarse, slot, limited });
                len += if coarse { 1 } else { words as usize };
            }
        };
        for (index, &(first, words)) in shape.slots.iter().enumerate() {
            if first < at || first + words > shape.words {
                return None;
            }
            area(at, first, None);
            area(first, first + words, Some(index as u32));
            at = first + words;
        }
        if shape.words - at > MAX_PLACES as u32 {
            return None;
        }
        area(at, shape.words, None);
        (len <= MAX_PLACES).then_some(Places { areas, len, slots: shape.slots.len() })
    }

    fn area_at(&self, word: u32) -> Option<&Area> {
        let index = self.areas.partition_point(|area| area.first <= word).checked_sub(1)?;
        self.areas.get(index).filter(|area| word - area.first < area.words)
    }

    /// Calls `f` with the pieces of areas that these words are.
    fn for_each_piece(
        &self,
        first: u32,
        words: u32,
        mut f: impl FnMut(&Area, std::ops::Range<usize>),
    ) -> Option<()> {
        let end = first + words;
        let mut at = first;
        while at < end {
            let area = self.area_at(at)?;
            let to = end.min(area.first + area.words);
            let range = if area.coarse {
                area.places()
            } else {
                area.place + (at - area.first) as usize..area.place + (to - area.first) as usize
            };
            f(area, range);
            at = to;
        }
        Some(())
    }

    fn step_backward(&self, op: Op, live: &mut Bits) -> Option<()> {
        match op {
            Op::Use(r) => live.set(r as usize..r as usize + 1),
            Op::Def(r) => live.clear(r as usize..r as usize + 1),
            Op::Read { first, words } => self.for_each_piece(first, words, |_, range| live.set(range))?,
            Op::Write { first, words } => self.for_each_piece(first, words, |area, range| {
                if !area.coarse {
                    live.clear(range);
                }
            })?,
            // Whether somebody reads a limited slot by this address, its calls say.
            Op::Address(word) => {
                let area = self.area_at(word)?;
                if !area.limited {
                    live.set(area.places());
                }
            }
            Op::Touch(_) | Op::Call(_) => {}
        }
        Some(())
    }

    fn step_forward(&self, op: Op, known: &mut Bits) -> Option<()> {
        match op {
            Op::Write { first, words } => self.for_each_piece(first, words, |_, range| known.set(range))?,
            Op::Touch(word) => self.for_each_piece(word, 1, |_, range| known.set(range))?,
            Op::Address(word) => {
                let area = self.area_at(word)?;
                known.set(area.places());
                // The address of a spill would be nothing that we understand.
                let slot = self.len + area.slot? as usize;
                known.set(slot..slot + 1);
            }
            Op::Use(_) | Op::Def(_) | Op::Read { .. } | Op::Call(_) => {}
        }
        Some(())
    }

    fn site(
        &self,
        ret: u32,
        live: &Bits,
        known: &Bits,
        saved: &[Option<u32>; KEPT],
        limits: &Limits,
    ) -> Site {
        let registers = (0..KEPT).filter(|&r| live.has(r)).fold(0, |bits, r| bits | 1 << r);
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        let mut add = |first: u32, words: u32| match ranges.last_mut() {
            Some(last) if last.0 + last.1 == first => last.1 += words,
            _ => ranges.push((first, words)),
        };
        let mut objects = Vec::new();
        for area in &self.areas {
            let has_address = area.slot.is_some_and(|slot| known.has(self.len + slot as usize));
            let matters = area.limited && area.slot.is_some_and(|slot| limits.matters_at(ret, slot));
            let mut all = true;
            for (i, place) in area.places().enumerate() {
                let word = area.first + i as u32;
                // What matters, and whose address nobody has yet, will be read here. Reads found in the code say less: calls overwrite, too.
                let is_read = if area.limited { matters && !has_address } else { live.has(place) };
                let is_live = is_read && (area.slot.is_none() || known.has(place));
                all &= is_live;
                if is_live && !saved.contains(&Some(word)) {
                    add(word, if area.coarse { area.words } else { 1 });
                }
            }
            if let Some(slot) = area.slot
                && has_address
                && (matters || !area.limited)
                && !all
            {
                objects.push(slot);
            }
        }
        Site { ret, registers, live: ranges, objects }
    }
}

/// A basic block: its instructions, as indexes into `Decoded::insts`.
struct Block {
    insts: (usize, usize),
    succs: Vec<u32>,
}

struct Blocks {
    list: Vec<Block>,
}

impl Blocks {
    fn new(decoded: &Decoded, shape: &Shape) -> Option<Blocks> {
        let insts = &decoded.insts;
        let index_of = |offset: u32| insts.binary_search_by_key(&offset, |inst| inst.offset).ok();
        let mut leader = vec![false; insts.len() + 1];
        leader[0] = true;
        let mut mark = |offset: u32| {
            leader[index_of(offset)?] = true;
            Some(())
        };
        if let Some(handler) = shape.handler {
            mark(handler)?;
        }
        for inst in insts {
            match inst.flow {
                Flow::Jump(to) | Flow::Branch(to) => mark(to)?,
                Flow::Indirect(table) => {
                    decoded.tables[table as usize].iter().copied().try_for_each(&mut mark)?
                }
                Flow::Next | Flow::Stop => {}
            }
        }
        let calls = |inst: &Inst| ops_of(decoded, &[*inst]).iter().any(|op| matches!(op, Op::Call(_)));
        // A block also ends where the next instruction does not follow, where the ops are not in one piece, and, if a panic in a call may
        // continue at the handler, at each call.
        for (i, pair) in insts.windows(2).enumerate() {
            let falls = matches!(pair[0].flow, Flow::Next | Flow::Branch(_));
            let apart = pair[0].flow != Flow::Next
                || pair[0].end != pair[1].offset
                || pair[0].ops.1 != pair[1].ops.0
                || shape.handler.is_some() && calls(&pair[0]);
            leader[i + 1] |= apart;
            // Falling through into what has not been decoded cannot be.
            if falls && pair[0].end != pair[1].offset && !calls(&pair[0]) {
                return None;
            }
        }
        let starts: Vec<usize> = (0..insts.len()).filter(|&i| leader[i]).collect();
        let block_at = |offset: u32| {
            let inst = index_of(offset)?;
            starts.binary_search(&inst).ok().map(|block| block as u32)
        };
        let mut list = Vec::with_capacity(starts.len());
        for (number, &start) in starts.iter().enumerate() {
            let end = starts.get(number + 1).copied().unwrap_or(insts.len());
            let last = &insts[end - 1];
            let mut succs = Vec::new();
            // Behind a call that does not return there may be no code.
            let next =
                || if index_of(last.end).is_some() { block_at(last.end).map(Some) } else { Some(None) };
            match last.flow {
                Flow::Next => succs.extend(next()?),
                Flow::Branch(to) => {
                    succs.extend(next()?);
                    succs.push(block_at(to)?);
                }
                Flow::Jump(to) => succs.push(block_at(to)?),
                Flow::Indirect(table) => {
                    for &to in &decoded.tables[table as usize] {
                        succs.push(block_at(to)?);
                    }
                }
                Flow::Stop => {}
            }
            if let Some(handler) = shape.handler
                && calls(last)
            {
                succs.push(block_at(handler)?);
            }
            list.push(Block { insts: (start, end), succs });
        }
        Some(Blocks { list })
    }
}

/// What is live at the end of each block.
fn backward(decoded: &Decoded, blocks: &Blocks, places: &Places) -> Option<Vec<Bits>> {
    let n = blocks.list.len();
    let mut preds = vec![Vec::new(); n];
    for (index, block) in blocks.list.iter().enumerate() {
        block.succs.iter().for_each(|&succ| preds[succ as usize].push(index as u32));
    }
    let mut live_in = vec![Bits::new(places.len); n];
    let mut live_out = live_in.clone();
    let mut queued = vec![true; n];
    // From the end on: most blocks are then visited after their successors.
    let mut work: Vec<u32> = (0..n as u32).collect();
    while let Some(index) = work.pop() {
        let index = index as usize;
        queued[index] = false;
        let block = &blocks.list[index];
        let mut out = std::mem::replace(&mut live_out[index], Bits(Vec::new()));
        for &succ in &block.succs {
            out.add(&live_in[succ as usize]);
        }
        let mut live = out.clone();
        live_out[index] = out;
        for &op in ops_of(decoded, &decoded.insts[block.insts.0..block.insts.1]).iter().rev() {
            places.step_backward(op, &mut live)?;
        }
        if live_in[index].add(&live) {
            for &pred in &preds[index] {
                if !std::mem::replace(&mut queued[pred as usize], true) {
                    work.push(pred);
                }
            }
        }
    }
    Some(live_out)
}

/// What is known at the start of each block: written words, slots whose address has been taken.
fn forward(decoded: &Decoded, blocks: &Blocks, places: &Places) -> Option<Vec<Bits>> {
    let n = blocks.list.len();
    let mut known_in = vec![Bits::new(places.len + places.slots); n];
    let mut queued = vec![true; n];
    let mut work: Vec<u32> = (0..n as u32).rev().collect();
    while let Some(index) = work.pop() {
        let index = index as usize;
        queued[index] = false;
        let block = &blocks.list[index];
        let mut known = known_in[index].clone();
        for &op in ops_of(decoded, &decoded.insts[block.insts.0..block.insts.1]) {
            places.step_forward(op, &mut known)?;
        }
        for &succ in &block.succs {
            if known_in[succ as usize].add(&known) && !std::mem::replace(&mut queued[succ as usize], true) {
                work.push(succ);
            }
        }
    }
    Some(known_in)
}
