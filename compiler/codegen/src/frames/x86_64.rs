//! x86-64: from machine code to [`Op`]s.
//!
//! Cranelift's functions have one frame of fixed size: `push rbp; mov rbp, rsp; sub rsp, n; mov [rsp + k], kept registers`, and at each return
//! the reverse. Between, rsp and rbp do not change. Whatever else is done with rsp is not understood.

use iced_x86::{
    Code, Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, Mnemonic, OpAccess,
    OpKind, Register,
};
use rgo_abi::frame_map::KEPT;

use super::{Decoded, Flow, Inst, Op, Shape};

/// Kept registers, in the order of frame maps.
const KEPT_REGISTERS: [Register; KEPT] = [Register::RBX, Register::R12, Register::R13, Register::R14];

const WORD: i64 = 8;

/// Decodes what can be reached from the entry.
pub fn decode(code: &[u8], shape: &Shape) -> Option<Decoded> {
    let mut state = State {
        shape,
        bytes: code,
        decoder: Decoder::with_ip(64, code, 0, DecoderOptions::NONE),
        infos: InstructionInfoFactory::new(),
        out: Decoded::default(),
        seen: vec![false; code.len()],
        work: Vec::new(),
        writes: Vec::new(),
    };
    let body = state.prologue()?;
    state.work.push(body);
    state.work.extend(shape.handler);
    while let Some(start) = state.work.pop() {
        state.run(start)?;
    }
    state.out.insts.sort_unstable_by_key(|inst| inst.offset);
    Some(state.out)
}

struct State<'a> {
    shape: &'a Shape,
    bytes: &'a [u8],
    decoder: Decoder<'a>,
    infos: InstructionInfoFactory,
    out: Decoded,
    /// Offsets that have been decoded.
    seen: Vec<bool>,
    work: Vec<u32>,
    /// Those of the ops of one instruction that come last.
    writes: Vec<Op>,
}

impl State<'_> {
    fn at(&mut self, offset: u32) -> Option<Instruction> {
        self.decoder.set_position(offset as usize).ok()?;
        self.decoder.set_ip(u64::from(offset));
        let inst = self.decoder.decode();
        (!inst.is_invalid()).then_some(inst)
    }

    fn push(&mut self, inst: &Instruction, first_op: usize, flow: Flow) {
        self.out.insts.push(Inst {
            offset: inst.ip() as u32,
            end: inst.next_ip() as u32,
            ops: (first_op as u32, self.out.ops.len() as u32),
            flow,
        });
        self.seen[inst.ip() as usize] = true;
    }

    /// The entry up to and with the saving of kept registers. Returns where the body begins.
    fn prologue(&mut self) -> Option<u32> {
        let push = self.at(0)?;
        let set = self.at(push.next_ip() as u32)?;
        let frame = push.code() == Code::Push_r64
            && push.op0_register() == Register::RBP
            && set.mnemonic() == Mnemonic::Mov
            && set.op0_register() == Register::RBP
            && set.op1_register() == Register::RSP;
        if !frame {
            return None;
        }
        self.push(&push, 0, Flow::Next);
        self.push(&set, 0, Flow::Next);
        let mut next = set.next_ip() as u32;
        if self.shape.words == 0 {
            return Some(next);
        }
        let sub = self.at(next)?;
        let size = i64::from(self.shape.words) * WORD;
        let allocates = sub.mnemonic() == Mnemonic::Sub
            && sub.op0_register() == Register::RSP
            && sub.op_count() == 2
            && is_immediate(sub.op1_kind())
            && sub.immediate(1) as i64 == size;
        if !allocates {
            return None;
        }
        self.push(&sub, 0, Flow::Next);
        next = sub.next_ip() as u32;
        let mut last: Option<(usize, u32)> = None;
        loop {
            let inst = self.at(next)?;
            let saves = inst.code() == Code::Mov_rm64_r64
                && inst.op0_kind() == OpKind::Memory
                && inst.memory_base() == Register::RSP
                && inst.memory_index() == Register::None;
            let number = KEPT_REGISTERS.iter().position(|&r| saves && r == inst.op1_register());
            let (Some(number), Some(word)) = (number, word(self.shape, inst.memory_displacement64() as i64))
            else {
                return Some(next);
            };
            // In order of number, in one row: frame maps say it so.
            if last.is_some_and(|(n, w)| number <= n || word != w + 1) {
                return None;
            }
            last = Some((number, word));
            self.out.saved[number] = Some(word);
            let first = self.out.ops.len();
            self.out.ops.push(Op::Write { first: word, words: 1 });
            self.push(&inst, first, Flow::Next);
            next = inst.next_ip() as u32;
        }
    }

    /// Decodes from `start` until control goes elsewhere.
    fn run(&mut self, start: u32) -> Option<()> {
        let mut next = start;
        // The instructions before, latest last.
        let mut before = [Instruction::default(); 3];
        while !std::mem::replace(self.seen.get_mut(next as usize)?, true) {
            let inst = self.at(next)?;
            next = inst.next_ip() as u32;
            let first = self.out.ops.len();
            if let Some(end) = self.epilogue(&inst) {
                self.push(&inst, first, Flow::Stop);
                // The registers have been restored before; what follows touches nothing but rsp and rbp.
                for offset in inst.next_ip() as u32..end {
                    self.seen[offset as usize] = true;
                }
                return Some(());
            }
            let flow = self.flow(&inst, &before)?;
            before = [before[1], before[2], inst];
            self.ops(&inst)?;
            self.push(&inst, first, flow);
            match flow {
                Flow::Next => {}
                Flow::Jump(to) => {
                    self.work.push(to);
                    return Some(());
                }
                Flow::Branch(to) => self.work.push(to),
                Flow::Indirect(table) => {
                    self.work.extend(&self.out.tables[table as usize]);
                    return Some(());
                }
                Flow::Stop => return Some(()),
            }
        }
        Some(())
    }

    /// If `inst` begins `[add rsp, n]; mov rsp, rbp; pop rbp; ret`: the end of that.
    fn epilogue(&mut self, inst: &Instruction) -> Option<u32> {
        let mut inst = *inst;
        if inst.mnemonic() == Mnemonic::Add && inst.op0_register() == Register::RSP {
            inst = self.at(inst.next_ip() as u32)?;
        }
        if !(inst.mnemonic() == Mnemonic::Mov
            && inst.op0_register() == Register::RSP
            && inst.op1_register() == Register::RBP)
        {
            return None;
        }
        let pop = self.at(inst.next_ip() as u32)?;
        let ret = self.at(pop.next_ip() as u32)?;
        let ends =
            pop.code() == Code::Pop_r64 && pop.op0_register() == Register::RBP && ret.code() == Code::Retnq;
        ends.then_some(ret.next_ip() as u32)
    }

    /// The targets of `jmp r`, an end of Cranelift's `lea r, [table]; movsxd s, [r + 4 * i]; add r, s; jmp r; table: ...`: 32-bit distances
    /// from the table. How many there are is not said, so these are all that follow as long as they lie in the function:
    /// the table's, and at most some that the code behind it looks like.
    fn table(&mut self, jump: &Instruction, [lea, load, add]: &[Instruction; 3]) -> Option<Flow> {
        let start = jump.next_ip();
        let (base, distance) = (lea.op0_register(), load.op0_register());
        let expected = jump.op0_kind() == OpKind::Register
            && jump.op0_register() == base
            && lea.mnemonic() == Mnemonic::Lea
            && lea.is_ip_rel_memory_operand()
            && lea.ip_rel_memory_address() == start
            && load.mnemonic() == Mnemonic::Movsxd
            && load.memory_base() == base
            && load.memory_index_scale() == 4
            && load.memory_displacement64() == 0
            && add.mnemonic() == Mnemonic::Add
            && (add.op0_register(), add.op1_register()) == (base, distance)
            && lea.next_ip() == load.ip()
            && load.next_ip() == add.ip()
            && add.next_ip() == jump.ip();
        if !expected {
            return None;
        }
        let mut targets: Vec<u32> = self.bytes[start as usize..]
            .chunks_exact(4)
            .map(|bytes| {
                start as i64 + i64::from(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            })
            .take_while(|target| (0..self.bytes.len() as i64).contains(target))
            .map(|target| target as u32)
            .collect();
        targets.sort_unstable();
        targets.dedup();
        self.out.tables.push(targets);
        Some(Flow::Indirect(self.out.tables.len() as u32 - 1))
    }

    fn flow(&mut self, inst: &Instruction, before: &[Instruction; 3]) -> Option<Flow> {
        let target = || {
            let to = inst.near_branch_target();
            (inst.op0_kind() == OpKind::NearBranch64 && to < self.bytes.len() as u64).then_some(to as u32)
        };
        Some(match inst.flow_control() {
            FlowControl::Next | FlowControl::Call | FlowControl::IndirectCall => Flow::Next,
            FlowControl::UnconditionalBranch => Flow::Jump(target()?),
            FlowControl::ConditionalBranch => Flow::Branch(target()?),
            FlowControl::IndirectBranch => self.table(inst, before)?,
            FlowControl::Exception => Flow::Stop,
            // Returns are recognised with the epilogue.
            FlowControl::Return | FlowControl::Interrupt | FlowControl::XbeginXabortXend => return None,
        })
    }

    /// Appends what `inst` does to frame and kept registers.
    fn ops(&mut self, inst: &Instruction) -> Option<()> {
        let (shape, ops) = (self.shape, &mut self.out.ops);
        let is_call = matches!(inst.flow_control(), FlowControl::Call | FlowControl::IndirectCall);
        let info = self.infos.info(inst);
        let writes = &mut self.writes;
        writes.clear();
        for used in info.used_registers() {
            let register = used.register();
            let full = register.full_register();
            if is_frame_register(full) {
                match used.access() {
                    OpAccess::Read if reads_as_address(inst, full) || is_call => {}
                    // The frame's own address as a value: compared, and kept for `rt.resume`, never followed into the frame.
                    OpAccess::Read if full == Register::RBP => {}
                    OpAccess::ReadWrite if is_call && full == Register::RSP => {}
                    _ => return None,
                }
                continue;
            }
            let Some(number) = KEPT_REGISTERS.iter().position(|&kept| kept == full) else { continue };
            let whole = register == full || register == full.full_register32();
            match used.access() {
                OpAccess::None | OpAccess::NoMemAccess => {}
                OpAccess::Write if whole => writes.push(Op::Def(number as u8)),
                OpAccess::Write => {}
                OpAccess::ReadWrite if whole => {
                    ops.push(Op::Use(number as u8));
                    writes.push(Op::Def(number as u8));
                }
                _ => ops.push(Op::Use(number as u8)),
            }
        }
        if inst.mnemonic() == Mnemonic::Lea && is_frame_register(inst.memory_base()) {
            if inst.memory_index() != Register::None {
                return None;
            }
            let at = inst.memory_displacement64() as i64;
            if let Some(word) = place(shape, inst.memory_base(), at)?
                && (shape.is_in_slot(word) || !shape.empty_slots.contains(&word))
            {
                ops.push(Op::Address(word));
            }
        }
        for used in info.used_memory() {
            if is_frame_register(used.index()) {
                return None;
            }
            let at = used.displacement() as i64;
            // The return address that a call pushes is below the frame.
            let pushed = is_call && used.base() == Register::RSP && at == -WORD;
            if !is_frame_register(used.base()) || pushed {
                continue;
            }
            let size = used.memory_size().size() as i64;
            if used.index() != Register::None || size == 0 {
                return None;
            }
            let Some(first) = place(shape, used.base(), at)? else { continue };
            let last = place(shape, used.base(), at + size - 1)??;
            let words = last - first + 1;
            let (reads, overwrites) = match used.access() {
                OpAccess::None | OpAccess::NoMemAccess => continue,
                OpAccess::Read | OpAccess::CondRead => (true, false),
                OpAccess::Write => (false, true),
                OpAccess::ReadWrite => (true, true),
                OpAccess::CondWrite => (false, false),
                OpAccess::ReadCondWrite => (true, false),
            };
            if reads {
                ops.push(Op::Read { first, words });
            }
            if overwrites && at.rem_euclid(WORD) == 0 && size % WORD == 0 {
                writes.push(Op::Write { first, words });
            } else if !matches!(used.access(), OpAccess::Read | OpAccess::CondRead) {
                writes.extend((first..=last).map(Op::Touch));
            }
        }
        if is_call {
            ops.push(Op::Call(inst.next_ip() as u32));
        }
        ops.append(writes);
        Some(())
    }
}

/// The word at this distance from rsp.
fn word(shape: &Shape, offset: i64) -> Option<u32> {
    let word = u32::try_from(offset.div_euclid(WORD)).ok()?;
    (word < shape.words).then_some(word)
}

/// The word at this distance from rsp or rbp; `Some(None)` for the saved frame pointer and the return address above the frame.
fn place(shape: &Shape, base: Register, displacement: i64) -> Option<Option<u32>> {
    let size = i64::from(shape.words) * WORD;
    let offset = if base == Register::RBP { displacement + size } else { displacement };
    if (size..size + 2 * WORD).contains(&offset) {
        return Some(None);
    }
    word(shape, offset).map(Some)
}

fn is_frame_register(register: Register) -> bool {
    matches!(register, Register::RSP | Register::RBP)
}

fn is_immediate(kind: OpKind) -> bool {
    matches!(
        kind,
        OpKind::Immediate8
            | OpKind::Immediate8to32
            | OpKind::Immediate8to64
            | OpKind::Immediate32
            | OpKind::Immediate32to64
    )
}

/// Whether `inst` uses `register` only as the base of its memory operand.
fn reads_as_address(inst: &Instruction, register: Register) -> bool {
    let operand = (0..inst.op_count())
        .any(|i| inst.op_kind(i) == OpKind::Register && inst.op_register(i).full_register() == register);
    inst.memory_base() == register && !operand
}
