//! Reads instructions and terminators, each from its operation to the end of its line.

use crate::func::{Block, Type, Value};
use crate::inst::{
    AtomicOp, BinaryOp, BoundsKind, Callee, ConvOp, FloatCc, InstKind, IntCc, MemFlags, Terminator, UnaryOp,
};
use crate::module::FuncKind;

use super::{Body, Parser, Result, Token, find, is_entity};

impl Parser {
    fn value(&mut self, body: &mut Body) -> Result<Value> {
        let number = self.entity("v")?;
        Ok(body.value(number))
    }
    fn two(&mut self, body: &mut Body) -> Result<(Value, Value)> {
        let a = self.value(body)?;
        self.expect(",")?;
        Ok((a, self.value(body)?))
    }
    fn three(&mut self, body: &mut Body) -> Result<(Value, Value, Value)> {
        let (a, b) = self.two(body)?;
        self.expect(",")?;
        Ok((a, b, self.value(body)?))
    }
    fn edge(&mut self, body: &mut Body) -> Result<(Block, Vec<Value>)> {
        let number = self.entity("b")?;
        let block = body.block(number);
        let args = if self.eat("(") { self.list(")", |p| p.value(body))? } else { Vec::new() };
        Ok((block, args))
    }

    pub(super) fn terminator(&mut self, op: &str, body: &mut Body) -> Result<Option<Terminator>> {
        Ok(Some(match op {
            "jump" => {
                let (block, args) = self.edge(body)?;
                Terminator::Jump(block, args)
            }
            "branch" => {
                let cond = self.value(body)?;
                self.expect(",")?;
                let then = self.edge(body)?;
                self.expect(",")?;
                let els = self.edge(body)?;
                Terminator::Branch { cond, then, els }
            }
            "switch" => {
                let value = self.value(body)?;
                self.expect(",")?;
                let (default, _) = self.edge(body)?;
                self.expect(",")?;
                self.expect("[")?;
                let cases = self.list("]", |p| {
                    let k = p.number()?;
                    p.expect(":")?;
                    Ok((k, p.edge(body)?.0))
                })?;
                Terminator::Switch { value, cases, default }
            }
            "return" => {
                let mut values = Vec::new();
                if matches!(self.peek(), Some(Token::Word(w)) if is_entity(w, "v")) {
                    values.push(self.value(body)?);
                    while self.eat(",") {
                        values.push(self.value(body)?);
                    }
                }
                Terminator::Return(values)
            }
            "unreachable" => Terminator::Unreachable,
            _ => return Ok(None),
        }))
    }

    fn mem_flags(&mut self) -> MemFlags {
        MemFlags {
            nonnil: self.eat_word("nonnil"),
            readonly: self.eat_word("readonly"),
            barrier: self.eat_word("barrier"),
        }
    }

    /// The instruction `op` with first result type `ty`.
    pub(super) fn inst(&mut self, op: &str, ty: Type, body: &mut Body) -> Result<InstKind> {
        use InstKind::*;
        if let Some(op) = find(UnaryOp::ALL, op, UnaryOp::name) {
            return Ok(Unary(op, self.value(body)?));
        }
        if let Some(op) = find(BinaryOp::ALL, op, BinaryOp::name) {
            let (a, b) = self.two(body)?;
            return Ok(Binary(op, a, b));
        }
        if let Some(op) = find(ConvOp::ALL, op, ConvOp::name) {
            return Ok(Conv(op, ty, self.value(body)?));
        }
        Ok(match op {
            "iconst" => Iconst(ty, self.number()?),
            "fconst" => Fconst(ty, self.number()?),
            "icmp" => {
                let cc = self.one_of("a condition", IntCc::ALL, IntCc::name)?;
                let (a, b) = self.two(body)?;
                Icmp(cc, a, b)
            }
            "fcmp" => {
                let cc = self.one_of("a condition", FloatCc::ALL, FloatCc::name)?;
                let (a, b) = self.two(body)?;
                Fcmp(cc, a, b)
            }
            "select" | "fma" | "add_carry" | "sub_borrow" | "div128" => {
                let (a, b, c) = self.three(body)?;
                match op {
                    "select" => Select(a, b, c),
                    "fma" => Fma(a, b, c),
                    "add_carry" => AddCarry(a, b, c),
                    "sub_borrow" => SubBorrow(a, b, c),
                    _ => Div128(a, b, c),
                }
            }
            "ptr_add" => {
                let (a, b) = self.two(body)?;
                PtrAdd(a, b)
            }
            "slot_addr" => {
                let number = self.entity("ss")?;
                match body.slots.get(&number) {
                    Some(&slot) => SlotAddr(slot),
                    None => return self.error(format!("no slot ss{number}")),
                }
            }
            "data_addr" => {
                let data = self.data_symbol()?;
                DataAddr(data, self.offset()?)
            }
            "func_addr" => FuncAddr(self.func_symbol(None)?),
            "load" => {
                let flags = self.mem_flags();
                let addr = self.value(body)?;
                Load { ty, addr, offset: self.offset()? as i32, flags }
            }
            "store" => {
                let flags = self.mem_flags();
                let (value, addr) = self.two(body)?;
                Store { addr, value, offset: self.offset()? as i32, flags }
            }
            "copy" => {
                let pointers = self.eat_word("pointers");
                let (dst, src) = self.two(body)?;
                self.expect(",")?;
                let (size, align) = self.size_align()?;
                Copy { dst, src, size, align, pointers }
            }
            "zero" => {
                let pointers = self.eat_word("pointers");
                let dst = self.value(body)?;
                self.expect(",")?;
                let (size, align) = self.size_align()?;
                Zero { dst, size, align, pointers }
            }
            "nil_check" => NilCheck(self.value(body)?),
            "div_check" => DivCheck(self.value(body)?),
            "keep_alive" => KeepAlive(self.value(body)?),
            "bounds_check" => {
                let kind = self.one_of("a bounds check", BoundsKind::ALL, BoundsKind::name)?;
                let unsigned = self.eat_word("unsigned");
                let (index, length) = self.two(body)?;
                BoundsCheck { kind, index, length, unsigned }
            }
            "new" => {
                let noscan = self.eat_word("noscan");
                let ty = self.data_symbol()?;
                self.expect(",")?;
                let (size, align) = self.size_align()?;
                New { ty, size, align, noscan }
            }
            "call" => self.call(body)?,
            "closure_context" => ClosureContext,
            "get_g" => GetG,
            "frame_pointer" => FramePointer,
            "return_address" => ReturnAddress,
            "atomic_load" => AtomicLoad { ty, addr: self.value(body)? },
            "atomic_store" => {
                let barrier = self.eat_word("barrier");
                let (value, addr) = self.two(body)?;
                AtomicStore { addr, value, barrier }
            }
            "atomic_rmw" => {
                let op = self.one_of("an atomic operation", AtomicOp::ALL, AtomicOp::name)?;
                let barrier = self.eat_word("barrier");
                let (value, addr) = self.two(body)?;
                AtomicRmw { op, addr, value, barrier }
            }
            "atomic_cas" => {
                let barrier = self.eat_word("barrier");
                let (old, new, addr) = self.three(body)?;
                AtomicCas { addr, old, new, barrier }
            }
            other => {
                self.at -= 1;
                return self.error(format!("{other} is not an instruction"));
            }
        })
    }

    fn size_align(&mut self) -> Result<(u64, u32)> {
        let size = self.number()?;
        self.expect_word("align")?;
        Ok((size, self.number()?))
    }

    fn call(&mut self, body: &mut Body) -> Result<InstKind> {
        let mut name = None;
        let callee = if self.eat_word("closure") {
            Some(Callee::Closure(self.value(body)?))
        } else if self.eat_word("code") {
            Some(Callee::Code { code: self.value(body)? })
        } else {
            name = Some(self.string()?);
            None
        };
        let sig = self.signature()?;
        let callee = match (callee, name) {
            (Some(callee), _) => callee,
            (None, name) => {
                Callee::Func(self.module.declare_func(&name.unwrap_or_default(), FuncKind::Go, sig.clone()))
            }
        };
        self.expect("[")?;
        let args = self.list("]", |p| p.value(body))?;
        Ok(InstKind::Call { callee, sig, args })
    }
}
