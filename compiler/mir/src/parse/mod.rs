//! Reads the text form that `print` writes. Comments run from `;` to the end of the line.
//!
//! Entities keep their numbers; numbers left out become unused entities. The result is not verified. Symbols are declared as they are met: `declare` lines give kinds and signatures; a function that is only
//! called gets the signature of the call and the kind `go`.

mod inst;

use std::collections::HashMap;
use std::fmt;

use crate::func::{
    Block, Func, InlineSite, Signature, Slot, SlotData, SrcLoc, Type, Value, ValueData, ValueDef,
};
use crate::inst::InstData;
use crate::lex::{Token, lex};
use crate::module::{Data, DataId, DataKind, FuncId, FuncKind, Module, Reloc, RelocKind, RelocTarget};

/// Where and why parsing failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    pub line: u32,
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

type Result<T> = std::result::Result<T, ParseError>;

/// Parses a module.
pub fn parse_module(text: &str) -> Result<Module> {
    let tokens = lex(text)?;
    let mut parser = Parser { tokens, at: 0, module: Module::default() };
    while !parser.at_end() {
        parser.item()?;
    }
    Ok(parser.module)
}

struct Parser {
    tokens: Vec<(Token, u32)>,
    at: usize,
    module: Module,
}

/// A function being read.
struct Body {
    func: Func,
    slots: HashMap<u32, Slot>,
}

/// Larger numbers of entities are errors.
const MAX_ENTITY: u32 = 1 << 22;

impl Body {
    /// The value with this number; its type is filled in by its definition.
    fn value(&mut self, number: u32) -> Value {
        while self.func.values.len() <= number as usize {
            self.func.values.push(ValueData { ty: Type::I64, def: ValueDef::Param(Block(u32::MAX), 0) });
        }
        Value(number)
    }
    fn block(&mut self, number: u32) -> Block {
        while self.func.blocks.len() <= number as usize {
            self.func.new_block();
        }
        Block(number)
    }
    fn define(&mut self, number: u32, ty: Type, def: ValueDef) -> Value {
        let value = self.value(number);
        self.func.values[value] = ValueData { ty, def };
        value
    }
}

fn find<T: Copy>(all: &[T], name: &str, name_of: impl Fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|&item| name_of(item) == name)
}

impl Parser {
    fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }
    fn error<T>(&self, message: impl Into<String>) -> Result<T> {
        let line = self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |&(_, line)| line);
        Err(ParseError { line, message: message.into() })
    }
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }
    fn next(&mut self) -> Result<Token> {
        match self.tokens.get(self.at) {
            Some((token, _)) => {
                self.at += 1;
                Ok(token.clone())
            }
            None => self.error("unexpected end"),
        }
    }
    fn eat(&mut self, punct: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Punct(p)) if *p == punct);
        self.at += usize::from(found);
        found
    }
    fn expect(&mut self, punct: &str) -> Result<()> {
        if self.eat(punct) {
            Ok(())
        } else {
            self.error(format!("expected {punct}, found {:?}", self.peek()))
        }
    }
    fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w == word);
        self.at += usize::from(found);
        found
    }
    fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.eat_word(word) {
            Ok(())
        } else {
            self.error(format!("expected {word}, found {:?}", self.peek()))
        }
    }
    fn word(&mut self) -> Result<String> {
        match self.next()? {
            Token::Word(word) => Ok(word),
            other => {
                self.at -= 1;
                self.error(format!("expected a word, found {other:?}"))
            }
        }
    }
    fn string(&mut self) -> Result<String> {
        match self.next()? {
            Token::Str(text) => Ok(text),
            other => {
                self.at -= 1;
                self.error(format!("expected a quoted name, found {other:?}"))
            }
        }
    }
    fn int(&mut self) -> Result<i128> {
        match self.next()? {
            Token::Int(k) => Ok(k),
            other => {
                self.at -= 1;
                self.error(format!("expected a number, found {other:?}"))
            }
        }
    }
    fn number<T: TryFrom<i128>>(&mut self) -> Result<T> {
        let k = self.int()?;
        T::try_from(k).or_else(|_| self.error(format!("{k} is out of range")))
    }
    fn offset(&mut self) -> Result<i64> {
        if matches!(self.peek(), Some(Token::Int(_))) { self.number() } else { Ok(0) }
    }
    /// A word made of `prefix` and a number.
    fn entity(&mut self, prefix: &str) -> Result<u32> {
        let word = self.word()?;
        match word.strip_prefix(prefix).and_then(|digits| digits.parse().ok()) {
            Some(number) if number <= MAX_ENTITY => Ok(number),
            _ => {
                self.at -= 1;
                self.error(format!("expected {prefix}N, found {word}"))
            }
        }
    }
    fn one_of<T: Copy>(&mut self, what: &str, all: &[T], name_of: impl Fn(T) -> &'static str) -> Result<T> {
        let word = self.word()?;
        match find(all, &word, name_of) {
            Some(item) => Ok(item),
            None => {
                self.at -= 1;
                self.error(format!("{word} is not {what}"))
            }
        }
    }

    fn ty(&mut self) -> Result<Type> {
        use Type::*;
        self.one_of("a type", &[I8, I16, I32, I64, F32, F64, Ptr], Type::name)
    }
    fn list<T>(&mut self, close: &str, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = Vec::new();
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(close) {
                return Ok(items);
            }
            self.expect(",")?;
        }
    }
    fn signature(&mut self) -> Result<Signature> {
        self.expect("(")?;
        let params = self.list(")", Self::ty)?;
        let mut results = Vec::new();
        if self.eat("->") {
            results.push(self.ty()?);
            while self.eat(",") {
                results.push(self.ty()?);
            }
        }
        Ok(Signature { params, results })
    }
    fn loc(&mut self) -> Result<SrcLoc> {
        let mut loc = SrcLoc::default();
        if self.eat("!") {
            loc.pos = self.number()?;
            if self.eat("@") {
                loc.inlined = self.number()?;
            }
        }
        Ok(loc)
    }
    fn func_symbol(&mut self, sig: Option<&Signature>) -> Result<FuncId> {
        let name = self.string()?;
        Ok(self.module.declare_func(&name, FuncKind::Go, sig.cloned().unwrap_or_default()))
    }
    fn data_symbol(&mut self) -> Result<DataId> {
        let name = self.string()?;
        Ok(self.module.declare_data(&name))
    }

    fn item(&mut self) -> Result<()> {
        match self.word()?.as_str() {
            "declare" => {
                let kind = self.one_of("a function kind", FuncKind::ALL, FuncKind::name)?;
                let name = self.string()?;
                let sig = self.signature()?;
                let id = self.module.declare_func(&name, kind, sig.clone());
                self.module.funcs[id].sig = sig;
                self.module.funcs[id].kind = kind;
                Ok(())
            }
            "data" => self.data(),
            "func" => self.func(),
            other => {
                self.at -= 1;
                self.error(format!("expected declare, data or func, found {other}"))
            }
        }
    }

    fn data(&mut self) -> Result<()> {
        let name = self.string()?;
        let kind = self.one_of("a data kind", DataKind::ALL, DataKind::name)?;
        self.expect_word("align")?;
        let align = self.number()?;
        self.expect_word("size")?;
        let size = self.number()?;
        let local = self.eat_word("local");
        let mut data = Data { name, kind, align, bytes: Vec::new(), size, relocs: Vec::new(), local };
        self.expect("{")?;
        while !self.eat("}") {
            if self.eat_word("bytes") {
                while let Some(Token::Byte(byte)) = self.peek() {
                    data.bytes.push(*byte);
                    self.at += 1;
                }
                continue;
            }
            let kind = self.one_of("a relocation", RelocKind::ALL, RelocKind::name)?;
            let offset = self.number()?;
            let target = if self.eat_word("func") {
                RelocTarget::Func(self.func_symbol(None)?)
            } else {
                self.expect_word("data")?;
                RelocTarget::Data(self.data_symbol()?)
            };
            let addend = self.offset()?;
            data.relocs.push(Reloc { offset, kind, target, addend });
        }
        let id = self.module.declare_data(&data.name);
        if self.module.data[id].is_some() {
            return self.error(format!("{} defined twice", data.name));
        }
        self.module.define_data(id, data);
        Ok(())
    }

    fn func(&mut self) -> Result<()> {
        let name = self.string()?;
        let sig = self.signature()?;
        let id = self.module.declare_func(&name, FuncKind::Go, sig.clone());
        self.module.funcs[id].sig = sig.clone();
        let mut body = Body { func: Func::new(id, name, sig), slots: HashMap::new() };
        while !self.eat("{") {
            if matches!(self.peek(), Some(Token::Punct("!"))) {
                body.func.loc = self.loc()?;
                continue;
            }
            let flags = &mut body.func.flags;
            match self.word()?.as_str() {
                "has_defer" => flags.has_defer = true,
                "nosplit" => flags.nosplit = true,
                "noinline" => flags.noinline = true,
                "closure" => flags.closure = true,
                "wrapper" => flags.wrapper = true,
                "noreturn" => flags.noreturn = true,
                "handler" => {
                    let number = self.entity("b")?;
                    body.func.handler = Some(body.block(number));
                }
                other => {
                    self.at -= 1;
                    return self.error(format!("{other} is not a function flag"));
                }
            }
        }
        while matches!(self.peek(), Some(Token::Word(w)) if w.starts_with("ss") || w == "inlined") {
            if self.eat_word("inlined") {
                self.int()?;
                self.expect(":")?;
                let callee = self.func_symbol(None)?;
                let call = self.loc()?;
                body.func.inlined.push(InlineSite { callee, call });
            } else {
                let number = self.entity("ss")?;
                self.expect(":")?;
                let size = self.number()?;
                self.expect_word("align")?;
                let align = self.number()?;
                let slot = body.func.slots.push(SlotData { size, align });
                body.slots.insert(number, slot);
            }
        }
        while !self.eat("}") {
            self.block(&mut body)?;
        }
        self.module.bodies.push(body.func);
        Ok(())
    }

    fn block(&mut self, body: &mut Body) -> Result<()> {
        let number = self.entity("b")?;
        let block = body.block(number);
        body.func.layout.push(block);
        if self.eat("(") {
            for (index, (value, ty)) in self.list(")", Self::typed_value)?.into_iter().enumerate() {
                let value = body.define(value, ty, ValueDef::Param(block, index as u32));
                body.func.blocks[block].params.push(value);
            }
        }
        body.func.blocks[block].cold = self.eat_word("cold");
        self.expect(":")?;
        loop {
            let mut results = Vec::new();
            if matches!(self.peek(), Some(Token::Word(w)) if is_entity(w, "v")) {
                results.push(self.typed_value()?);
                while self.eat(",") {
                    results.push(self.typed_value()?);
                }
                self.expect("=")?;
            }
            let op = self.word()?;
            let term = if results.is_empty() { self.terminator(&op, body)? } else { None };
            if term.is_some() {
                body.func.blocks[block].term = term;
                body.func.blocks[block].term_loc = self.loc()?;
                return Ok(());
            }
            let ty = results.first().map_or(Type::I64, |&(_, ty)| ty);
            let kind = self.inst(&op, ty, body)?;
            let loc = self.loc()?;
            let inst = body.func.make_inst(InstData { kind, loc }, &[]);
            let defined = results
                .into_iter()
                .enumerate()
                .map(|(index, (value, ty))| body.define(value, ty, ValueDef::Inst(inst, index as u32)))
                .collect();
            body.func.results[inst] = defined;
            body.func.blocks[block].insts.push(inst);
        }
    }

    fn typed_value(&mut self) -> Result<(u32, Type)> {
        let number = self.entity("v")?;
        self.expect(":")?;
        Ok((number, self.ty()?))
    }
}

fn is_entity(word: &str, prefix: &str) -> bool {
    word.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::print_module;

    const PROGRAM: &str = r#"declare runtime "runtime.memmove"(ptr, ptr, i64)
data "greeting" rodata align 1 size 3 local {
    bytes 68 69 0a
}
data "table" data align 8 size 16 {
    bytes 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    abs 8 func "main.sum" +0
    typeoff 0 data "greeting" -4
}
func "main.sum"(ptr, i64) -> i64, i8 has_defer handler b3 !7 {
    ss0: 16 align 8
    inlined 1: "main.leaf" !12
b0(v0: ptr, v1: i64):
    v2: i64 = iconst -5 !9
    v3: ptr = slot_addr ss0
    store nonnil v2, v3 +8 !9@1
    v4: i64 = load readonly v0 -16
    v5: i8 = icmp slt v4, v1
    copy pointers v0, v3, 16 align 8
    call "runtime.memmove" (ptr, ptr, i64) [v0, v3, v2]
    v6: i64, v7: i64 = call closure v0 (i64) -> i64, i64 [v4]
    bounds_check slice_alen unsigned v6, v7
    v8: f64 = fconst 0x3ff0000000000000
    v9: i64 = float_to_sint v8
    v10: ptr = data_addr "greeting" +1
    v11: i64 = atomic_rmw add v9, v10
    branch v5, b1(v11), b2
b1(v12: i64):
    return v12, v5
b2 cold:
    switch v1, b3, [-1: b3, 9: b4]
b4:
    unreachable
b3:
    v13: i8 = iconst 0
    return v2, v13
}
"#;

    #[test]
    fn printing_what_was_parsed_gives_the_text_back() {
        let module = parse_module(PROGRAM).unwrap();
        let expected =
            PROGRAM.replacen("data \"greeting\"", "declare go \"main.leaf\"()\ndata \"greeting\"", 1);
        assert_eq!(print_module(&module), expected);
    }

    #[test]
    fn errors_name_the_line() {
        let error = parse_module("func \"f\"() {\nb0:\n    frobnicate v1\n}\n").unwrap_err();
        assert_eq!((error.line, error.message.as_str()), (3, "frobnicate is not an instruction"));
        assert!(parse_module("func \"f\"() {").is_err());
    }
}
