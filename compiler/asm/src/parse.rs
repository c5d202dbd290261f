//! Statements: labels, instructions, and the directives TEXT, DATA, GLOBL, PCALIGN, FUNCDATA, PCDATA.

use std::collections::HashMap;
use std::sync::Arc;

use rgo_source::{File, Pos};

use crate::Error;
use crate::operand::{self, Anchor, Context, Mem, Operand, Symbol};
use crate::preprocess::{Include, Preprocessor};
use crate::token::{Kind, Token};

/// Flags of TEXT and GLOBL, the numbers of `textflag.h`.
pub(crate) mod flags {
    pub const NOSPLIT: i64 = 4;
    pub const RODATA: i64 = 8;
    pub const NOPTR: i64 = 16;
    pub const DUPOK: i64 = 2;
    pub const NOFRAME: i64 = 512;
    pub const TLSBSS: i64 = 256;
}

/// One file, parsed.
#[derive(Default, Debug)]
pub(crate) struct Parsed {
    pub funcs: Vec<FuncBody>,
    pub data: Vec<Data>,
    pub globals: Vec<Global>,
}

/// A TEXT directive and what follows.
#[derive(Debug)]
pub(crate) struct FuncBody {
    pub symbol: Symbol,
    pub pos: Pos,
    pub flags: i64,
    pub frame: i64,
    /// Bytes of arguments and results; `None` when not said.
    pub args: Option<i64>,
    pub insts: Vec<Inst>,
    /// Label → index of the instruction behind it.
    pub labels: HashMap<Arc<str>, usize>,
}

/// One instruction. Directives that make no code stay as instructions without bytes, because `n(PC)` counts them.
#[derive(Debug)]
pub(crate) struct Inst {
    pub pos: Pos,
    pub name: Arc<str>,
    /// `.Z`, `.RN_SAE` ...
    pub suffixes: Vec<Arc<str>>,
    pub operands: Vec<Operand>,
}

/// `DATA sym+off(SB)/size, value`
#[derive(Debug)]
pub(crate) struct Data {
    pub symbol: Symbol,
    pub pos: Pos,
    pub offset: i64,
    pub size: usize,
    pub value: Operand,
}

/// `GLOBL sym(SB), flags, $size`
#[derive(Debug)]
pub(crate) struct Global {
    pub symbol: Symbol,
    pub pos: Pos,
    pub flags: i64,
    pub size: i64,
}

/// Parses a file; all errors found are returned, at most one for a line.
pub(crate) fn parse(
    file: Arc<File>,
    package: &str,
    defines: &[(String, String)],
    include: &mut Include<'_>,
) -> Result<Parsed, Vec<Error>> {
    let mut input = Preprocessor::new(file, defines, include);
    let mut parser = Parser {
        package,
        out: Parsed::default(),
        labels: Vec::new(),
        is_skipping: false,
        errors: Vec::new(),
    };
    let mut ends = HashMap::new();
    loop {
        match statement(&mut input) {
            Ok(Some(tokens)) => {
                if let Err(error) = parser.statement(&tokens, &mut ends) {
                    parser.errors.push(error);
                }
            }
            Ok(None) => break,
            // What follows cannot be told apart.
            Err(error) => {
                parser.errors.push(error);
                break;
            }
        }
    }
    parser.end_of_function();
    if parser.errors.is_empty() { Ok(parser.out) } else { Err(parser.errors) }
}

/// The tokens up to the next `;` or newline.
fn statement(input: &mut Preprocessor<'_>) -> Result<Option<Vec<Token>>, Error> {
    let mut tokens = Vec::new();
    while let Some(token) = input.next()? {
        if token.kind == Kind::Newline || token.is(';') {
            return Ok(Some(tokens));
        }
        tokens.push(token);
    }
    Ok((!tokens.is_empty()).then_some(tokens))
}

struct Parser<'a> {
    package: &'a str,
    out: Parsed,
    /// Labels before the next instruction.
    labels: Vec<(Arc<str>, Pos)>,
    /// Within a function of gc's internal convention, which nothing here can call.
    is_skipping: bool,
    errors: Vec<Error>,
}

/// The packages whose assembly may say `<ABIInternal>`.
const WITH_SELECTORS: &[&str] = &[
    "runtime",
    "reflect",
    "syscall",
    "internal/bytealg",
    "internal/chacha8rand",
    "internal/runtime/maps",
    "internal/runtime/startlinetest",
    "internal/runtime/syscall/linux",
    "internal/runtime/syscall/windows",
];

fn error<T>(token: &Token, message: impl Into<String>) -> Result<T, Error> {
    Err(Error { pos: token.pos, message: message.into() })
}

impl Parser<'_> {
    fn statement(&mut self, tokens: &[Token], ends: &mut HashMap<Symbol, i64>) -> Result<(), Error> {
        let mut rest = tokens;
        loop {
            let Some(word) = rest.first() else { return Ok(()) };
            let Some(name) = word.ident() else {
                // The rest of a `#` line.
                return error(word, format!("expected identifier, found {:?}", word.text()));
            };
            if rest.get(1).is_some_and(|token| token.is(':')) {
                self.labels.push((Arc::clone(name), word.pos));
                rest = &rest[2..];
                continue;
            }
            let mut suffixes = Vec::new();
            let mut at = 1;
            while rest.get(at).is_some_and(|token| token.is('.')) {
                match rest.get(at + 1).and_then(Token::ident) {
                    Some(suffix) => suffixes.push(Arc::clone(suffix)),
                    None => return error(word, "instruction suffix expected identifier"),
                }
                at += 2;
            }
            let operands = split(word, &rest[at..])?;
            return match &**name {
                "TEXT" => {
                    self.is_skipping = self.is_internal(&operands);
                    if self.is_skipping { Ok(()) } else { self.text(word, &operands) }
                }
                "DATA" => self.data(word, &operands, ends),
                "GLOBL" => self.global(word, &operands),
                _ if self.is_skipping => {
                    self.labels.clear();
                    Ok(())
                }
                "FUNCDATA" | "PCDATA" => {
                    if operands.len() != 2 {
                        return error(word, format!("expect two operands for {name}"));
                    }
                    self.push(word, Vec::new(), Vec::new())
                }
                _ => {
                    let is_jump = crate::mnemonic::takes_label(name);
                    let context = Context { package: self.package, is_jump, word };
                    let parsed: Result<Vec<Operand>, Error> =
                        operands.iter().map(|tokens| operand::parse(tokens, context)).collect();
                    self.push(word, suffixes, parsed?)
                }
            };
        }
    }

    fn push(&mut self, word: &Token, suffixes: Vec<Arc<str>>, operands: Vec<Operand>) -> Result<(), Error> {
        let name = word.ident().cloned().unwrap_or_default();
        let Some(func) = self.out.funcs.last_mut() else {
            return error(word, format!("{name}: instruction outside of a function"));
        };
        let at = func.insts.len();
        for (label, pos) in self.labels.drain(..) {
            if func.labels.insert(Arc::clone(&label), at).is_some() {
                self.errors.push(Error { pos, message: format!("label {label:?} multiply defined") });
            }
        }
        func.insts.push(Inst { pos: word.pos, name, suffixes, operands });
        Ok(())
    }

    /// Labels at the very end name the end.
    fn end_of_function(&mut self) {
        if let Some(func) = self.out.funcs.last_mut() {
            let at = func.insts.len();
            for (label, _) in self.labels.drain(..) {
                func.labels.insert(label, at);
            }
        }
        self.labels.clear();
    }

    fn operand(&self, word: &Token, tokens: &[Token]) -> Result<Operand, Error> {
        operand::parse(tokens, Context { package: self.package, is_jump: false, word })
    }

    /// `sym±offset(SB)`
    fn symbol(&self, word: &Token, tokens: &[Token], offset_ok: bool) -> Result<(Symbol, i64), Error> {
        let name = word.text();
        match self.operand(word, tokens)? {
            Operand::Mem(Mem { anchor: Anchor::Symbol(symbol), offset, base: None, index: None }) => {
                if offset != 0 && !offset_ok {
                    return error(
                        word,
                        format!("{name} symbol {:?} must not be offset from SB", symbol.name),
                    );
                }
                Ok((symbol, offset))
            }
            _ => {
                let shown: String = tokens.iter().map(Token::text).collect();
                error(word, format!("{name} symbol {shown:?} must be a symbol(SB)"))
            }
        }
    }

    /// A constant, with or without `$`.
    fn integer(&self, word: &Token, tokens: &[Token]) -> Result<i64, Error> {
        match self.operand(word, tokens)? {
            Operand::Imm(value) => Ok(value),
            Operand::Mem(Mem { anchor: Anchor::None, offset, base: None, index: None }) => Ok(offset),
            _ => error(word, format!("{}: expected integer constant", word.text())),
        }
    }

    /// `TEXT sym<ABIInternal>(SB), ...` where that is allowed.
    fn is_internal(&self, operands: &[Vec<Token>]) -> bool {
        let mut name = operands.first().into_iter().flatten();
        name.any(|token| token.ident().is_some_and(|name| &**name == "ABIInternal"))
            && WITH_SELECTORS.contains(&self.package)
    }

    /// `TEXT sym(SB), flags, $frame-args`
    fn text(&mut self, word: &Token, operands: &[Vec<Token>]) -> Result<(), Error> {
        self.end_of_function();
        let (name, flags, size) = match operands {
            [name, size] => (name, None, size),
            [name, flags, size] => (name, Some(flags), size),
            _ => return error(word, "expect two or three operands for TEXT"),
        };
        let (symbol, _) = self.symbol(word, name, false)?;
        let flags = flags.map_or(Ok(0), |tokens| self.integer(word, tokens))?;
        let shown = &symbol.name;
        let bad = || error(word, format!("TEXT {shown}: frame size must be an immediate constant"));
        let mut rest = match size.as_slice() {
            [dollar, rest @ ..] if dollar.is('$') => rest,
            _ => return bad(),
        };
        let negative = rest.first().is_some_and(|token| token.is('-'));
        rest = &rest[usize::from(negative)..];
        let Some(Token { kind: Kind::Int(frame), .. }) = rest.first() else { return bad() };
        let frame = if negative { -(*frame as i64) } else { *frame as i64 };
        let args = match &rest[1..] {
            [] => None,
            [minus, Token { kind: Kind::Int(args), .. }] if minus.is('-') => Some(*args as i64),
            _ => return error(word, format!("TEXT {shown}: argument size must be of form -integer")),
        };
        if !(-8..1 << 31).contains(&frame) || args.is_some_and(|args| args >= 1 << 31) {
            return error(word, format!("TEXT {shown}: frame too large"));
        }
        self.out.funcs.push(FuncBody {
            symbol,
            pos: word.pos,
            flags,
            frame,
            args,
            insts: Vec::new(),
            labels: HashMap::new(),
        });
        Ok(())
    }

    fn data(
        &mut self,
        word: &Token,
        operands: &[Vec<Token>],
        ends: &mut HashMap<Symbol, i64>,
    ) -> Result<(), Error> {
        let [place, value] = operands else { return error(word, "expect two operands for DATA") };
        let [place @ .., slash, Token { kind: Kind::Int(size), .. }] = place.as_slice() else {
            return error(word, "expect /size for DATA argument");
        };
        if !slash.is('/') {
            return error(word, "expect /size for DATA argument");
        }
        let (symbol, offset) = self.symbol(word, place, true)?;
        let value = self.operand(word, value)?;
        let size = *size as usize;
        let fits = match &value {
            Operand::Imm(_) if !matches!(size, 1 | 2 | 4 | 8) => Err("int"),
            Operand::Float(_) if !matches!(size, 4 | 8) => Err("float"),
            Operand::Addr(_) if size != 8 => Err("addr"),
            Operand::Imm(_) | Operand::Float(_) | Operand::Addr(_) => Ok(()),
            Operand::Str(text) if text.len() <= size => Ok(()),
            Operand::Str(_) => Err("string"),
            _ => return error(word, "DATA value must be an immediate constant or address"),
        };
        if let Err(what) = fits {
            return error(word, format!("bad {what} size for DATA argument: {size}"));
        }
        if offset < 0 {
            return error(word, format!("negative offset in DATA for {}", symbol.name));
        }
        let end = ends.entry(symbol.clone()).or_insert(0);
        if offset < *end {
            return error(word, format!("overlapping DATA entry for {}", symbol.name));
        }
        *end = offset.saturating_add(size as i64);
        self.out.data.push(Data { symbol, pos: word.pos, offset, size, value });
        Ok(())
    }

    fn global(&mut self, word: &Token, operands: &[Vec<Token>]) -> Result<(), Error> {
        let (name, flags, size) = match operands {
            [name, size] => (name, None, size),
            [name, flags, size] => (name, Some(flags), size),
            _ => return error(word, "expect two or three operands for GLOBL"),
        };
        let (symbol, _) = self.symbol(word, name, false)?;
        let flags = flags.map_or(Ok(0), |tokens| self.integer(word, tokens))?;
        let Operand::Imm(size) = self.operand(word, size)? else {
            return error(word, "GLOBL: expected immediate constant");
        };
        if !(0..1 << 31).contains(&size) {
            return error(word, format!("GLOBL {}: bad size {size}", symbol.name));
        }
        self.out.globals.push(Global { symbol, pos: word.pos, flags, size });
        Ok(())
    }
}

/// The operands: tokens between commas outside of parentheses. The old form `AX:DX` of a register pair means `DX, AX`.
fn split(word: &Token, tokens: &[Token]) -> Result<Vec<Vec<Token>>, Error> {
    let mut operands: Vec<Vec<Token>> = Vec::new();
    let (mut depth, mut current, mut pair) = (0i32, Vec::new(), None);
    let separators = tokens.iter().map(Some).chain([None]);
    for token in separators {
        let splits = match token {
            None => true,
            Some(token) => depth == 0 && (token.is(',') || token.is(':')),
        };
        if !splits {
            let token = token.expect("only the end has none");
            depth += i32::from(token.is('(') || token.is('[')) - i32::from(token.is(')') || token.is(']'));
            current.push(token.clone());
            continue;
        }
        if current.is_empty() {
            if token.is_none() && operands.is_empty() {
                break;
            }
            return error(word, "missing operand");
        }
        operands.push(std::mem::take(&mut current));
        if let Some(first) = pair.take() {
            operands.swap(first, first + 1);
        }
        if token.is_some_and(|token| token.is(':')) {
            pair = Some(operands.len() - 1);
        }
    }
    Ok(operands)
}
