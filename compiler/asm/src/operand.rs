//! Operands: `AX`, `$5`, `x+8(FP)`, `tmp-8(SP)`, `16(SP)`, `sym<>+4(SB)`, `(AX)(BX*8)`, labels.

use std::sync::Arc;

use crate::Error;
use crate::expr::Cursor;
use crate::register::{self, Reg};
use crate::token::{Kind, Token};

/// A symbol as referred to: static ones (`name<>`) are known in their file only.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Symbol {
    pub name: Arc<str>,
    pub is_static: bool,
}

/// What an address is relative to, besides registers.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Anchor {
    None,
    /// `sym(SB)`
    Symbol(Symbol),
    /// `name+off(FP)`: offset from the first argument.
    Param,
    /// `name-off(SP)`: offset from the top of the locals.
    Local,
}

/// An address in memory.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Mem {
    pub anchor: Anchor,
    pub offset: i64,
    pub base: Option<Reg>,
    /// Register and factor.
    pub index: Option<(Reg, u8)>,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Operand {
    Reg(Reg),
    Mem(Mem),
    /// `*sym(SB)`: what lies there, as a jump's target.
    Indirect(Mem),
    /// `$sym+4(SB)`, `$x+8(FP)`: the address itself.
    Addr(Mem),
    Imm(i64),
    Float(f64),
    Str(Arc<[u8]>),
    /// A name without `(SB)`: a label of the function.
    Label(Arc<str>, i64),
    /// `3(PC)`: instructions from here.
    Pc(i64),
    /// `[Z0-Z3]`: four registers, named by the first.
    List(Reg),
}

/// What an operand is parsed for.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Replaces a leading `.` of symbols.
    pub package: &'a str,
    /// Names alone are labels.
    pub is_jump: bool,
    /// The instruction, for errors.
    pub word: &'a Token,
}

/// Parses one operand.
pub(crate) fn parse(tokens: &[Token], context: Context<'_>) -> Result<Operand, Error> {
    let mut c = Cursor::new(tokens, context.word);
    let indirect = tokens.first().is_some_and(|token| token.is('*'));
    let operand = operand(&mut c, context)?;
    c.finish()?;
    Ok(match operand {
        Operand::Mem(mem) if indirect => Operand::Indirect(mem),
        other => other,
    })
}

fn operand(c: &mut Cursor<'_>, context: Context<'_>) -> Result<Operand, Error> {
    let immediate = c.take('$');
    if !immediate {
        c.take('*');
    }
    let Some(first) = c.peek() else { return c.error("unexpected end of operand") };
    if first.is('[') {
        return list(c);
    }
    let mut mem = Mem { anchor: Anchor::None, offset: 0, base: None, index: None };
    if let Some(name) = first.ident() {
        if let Some(reg) = register::lookup(name) {
            c.next();
            if immediate {
                return c.error(format!("prefix $ not allowed for register: ${name}"));
            }
            return Ok(Operand::Reg(reg));
        }
        if register::is_register(name) {
            return c.error(format!("illegal use of pseudo-register in {}", context.word.text()));
        }
        c.next();
        if let Some(jump) = symbol(c, name, context, immediate, &mut mem)? {
            return Ok(jump);
        }
        if c.peek().is_none() {
            return Ok(if immediate { Operand::Addr(mem) } else { Operand::Mem(mem) });
        }
    } else if !is_register_ahead(c) {
        if c.has(|kind| matches!(kind, Kind::Float(_))) {
            if !immediate {
                return c.error("floating-point constant must be an immediate");
            }
            return c.float().map(Operand::Float);
        }
        if let Kind::Str(text) = &first.kind {
            if !immediate {
                return c.error("string constant must be an immediate");
            }
            c.next();
            return Ok(Operand::Str(Arc::clone(text)));
        }
        mem.offset = c.expr()? as i64;
        if !c.peek_is('(') {
            return Ok(if immediate { Operand::Imm(mem.offset) } else { Operand::Mem(mem) });
        }
    }
    indirect(c, &mut mem, context, immediate)
}

/// Whether `(reg` comes, rather than an expression in parentheses.
fn is_register_ahead(c: &Cursor<'_>) -> bool {
    let mut ahead = c.clone();
    ahead.take('(') && ahead.peek().and_then(Token::ident).is_some_and(|name| register::is_register(name))
}

/// `name<>±offset(SB)`, the name consumed.
fn symbol(
    c: &mut Cursor<'_>,
    name: &str,
    context: Context<'_>,
    immediate: bool,
    mem: &mut Mem,
) -> Result<Option<Operand>, Error> {
    let qualified: Arc<str> =
        if name.starts_with('.') { format!("{}{name}", context.package).into() } else { name.into() };
    let mut is_static = false;
    if c.take('<') {
        if c.take('>') {
            is_static = true;
        } else {
            // `<ABIInternal>`: a convention that is not ours.
            let abi = c.next().map(Token::text).unwrap_or_default();
            if abi != "ABI0" {
                return c.error(format!(
                    "ABI selector only permitted when compiling runtime, reference was to {name:?}"
                ));
            }
            c.expect('>')?;
        }
    }
    if c.peek_is('+') || c.peek_is('-') {
        mem.offset = c.expr()? as i64;
    }
    if c.peek().is_none() {
        if context.is_jump && !immediate {
            return Ok(Some(Operand::Label(qualified, mem.offset)));
        }
        return c.error(format!("illegal or missing addressing mode for symbol {qualified}"));
    }
    c.expect('(')?;
    let base = c.next().and_then(Token::ident).cloned().unwrap_or_default();
    c.expect(')')?;
    mem.anchor = match &*base {
        "SB" => Anchor::Symbol(Symbol { name: qualified, is_static }),
        "FP" => Anchor::Param,
        "SP" => Anchor::Local,
        "PC" if !immediate => return Ok(Some(Operand::Pc(mem.offset))),
        "PC" => return c.error("illegal addressing mode for PC"),
        _ => return c.error(format!("expected pseudo-register; found {base}")),
    };
    Ok(None)
}

/// `(reg)`, `(reg)(index*scale)`, `(index*scale)`, `(PC)`.
fn indirect(
    c: &mut Cursor<'_>,
    mem: &mut Mem,
    context: Context<'_>,
    immediate: bool,
) -> Result<Operand, Error> {
    while c.take('(') {
        let name = c.next().and_then(Token::ident).cloned().unwrap_or_default();
        if &*name == "PC" {
            c.expect(')')?;
            if immediate || mem.anchor != Anchor::None {
                return c.error("illegal addressing mode for PC");
            }
            return Ok(Operand::Pc(mem.offset));
        }
        let Some(reg) = register::lookup(&name) else {
            if register::is_register(&name) {
                return c.error(format!("illegal use of pseudo-register in {}", context.word.text()));
            }
            return c.error(format!("expected register; found {name}"));
        };
        if c.take('*') {
            let scale = match c.next().map(|token| &token.kind) {
                Some(Kind::Int(scale @ (1 | 2 | 4 | 8))) => *scale as u8,
                _ => return c.error("bad scale"),
            };
            if mem.index.replace((reg, scale)).is_some() {
                return c.error("unexpected second index register");
            }
        } else if mem.base.is_some() {
            return c.error("unexpected second base register");
        } else {
            mem.base = Some(reg);
        }
        c.expect(')')?;
    }
    let mem = mem.clone();
    Ok(if immediate { Operand::Addr(mem) } else { Operand::Mem(mem) })
}

fn list(c: &mut Cursor<'_>) -> Result<Operand, Error> {
    c.expect('[')?;
    let mut regs = Vec::new();
    while let Some(name) = c.next().and_then(Token::ident) {
        let Some(reg) = register::lookup(name) else {
            return c.error(format!("expected register; found {name}"));
        };
        regs.push(reg);
        if !c.take('-') && !c.take(',') {
            break;
        }
    }
    c.expect(']')?;
    let number = |reg: &Reg| match reg {
        Reg::X(n) | Reg::Y(n) | Reg::Z(n) => Some(*n),
        _ => None,
    };
    match regs.as_slice() {
        [first, last] if number(first).is_some() && number(last) == number(first).map(|n| n + 3) => {
            Ok(Operand::List(*first))
        }
        _ => c.error("register list must be four registers in a row"),
    }
}
