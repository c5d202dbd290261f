//! Basic and function literals.

use rgo_syntax::ast::{Expr, ExprKind, FuncLit, LitKind};

use crate::checker::Checker;
use crate::const_value::from_literal;
use crate::operand::Operand;
use crate::ty::{TypeId, TypeKind};

/// Longer numbers are refused.
const MAX_LITERAL_LEN: usize = 10000;

impl<'a> Checker<'_, 'a> {
    /// Checks a basic literal.
    pub fn basic_lit(&mut self, x: &mut Operand<'a>, e: &'a Expr) {
        let ExprKind::BasicLit { kind, text } = &e.kind else { return };
        let text = text.as_str();
        if matches!(kind, LitKind::Int | LitKind::Float | LitKind::Imag) {
            self.literal_version(e, *kind, text);
            if text.len() > MAX_LITERAL_LEN {
                let message = format!("excessively long constant: {}... ({} chars)", &text[..10], text.len());
                self.error(e.pos, "InvalidConstVal", message);
                return;
            }
        }
        let Some(val) = from_literal(*kind, text) else {
            self.error(e.pos, "InvalidConstVal", format!("malformed constant: {text}"));
            return;
        };
        let ty = match kind {
            LitKind::Int => TypeId::UNTYPED_INT,
            LitKind::Float => TypeId::UNTYPED_FLOAT,
            LitKind::Imag => TypeId::UNTYPED_COMPLEX,
            LitKind::Char => TypeId::UNTYPED_RUNE,
            LitKind::String => TypeId::UNTYPED_STRING,
        };
        x.set_const(ty, val);
        x.expr = Some(e);
        self.overflow(x);
    }

    /// Refuses forms of numbers that the language version does not know.
    fn literal_version(&mut self, e: &'a Expr, kind: LitKind, text: &str) {
        if text.len() <= 2 || self.allow_version((1, 13)) {
            return;
        }
        let what = match text.as_bytes() {
            _ if text.contains('_') => "underscore in numeric literal",
            [b'0', b'b' | b'B', ..] => "binary literal",
            [b'0', b'o' | b'O', ..] => "0o/0O-style octal literal",
            [b'0', b'x' | b'X', ..] if kind != LitKind::Int => "hexadecimal floating-point literal",
            _ => return,
        };
        self.verify_version(e.pos, (1, 13), what);
    }

    /// Checks a function literal. Its body waits for the end of the statement: it may belong to a type declaration it
    /// refers to.
    pub fn func_lit(&mut self, x: &mut Operand<'a>, e: &'a Expr, lit: &'a FuncLit) {
        let ty = self.func_lit_type(e, &lit.sig);
        let TypeKind::Signature(sig) = self.kind(ty) else {
            x.invalidate();
            return;
        };
        let env = self.env.clone();
        self.later(move |c| {
            stacker::maybe_grow(256 << 10, 2 << 20, || {
                c.with_env(env, |c| {
                    let (decl, iota) = (c.env.decl, c.env.iota.clone());
                    c.func_body(decl, sig, &lit.body, iota);
                });
            });
        });
        x.set_value(ty);
        x.expr = Some(e);
    }
}
