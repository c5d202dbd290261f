//! Constant expressions: 64-bit unsigned arithmetic, as the Go assembler evaluates them.

use crate::Error;
use crate::token::{Kind, Token};

/// Reads the tokens of one operand.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    tokens: &'a [Token],
    pub at: usize,
    end: &'a Token,
}

impl<'a> Cursor<'a> {
    /// `end` is what errors after the last token refer to.
    pub fn new(tokens: &'a [Token], end: &'a Token) -> Cursor<'a> {
        Cursor { tokens, at: 0, end }
    }
    pub fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }
    pub fn peek_is(&self, c: char) -> bool {
        self.peek().is_some_and(|token| token.is(c))
    }
    pub fn next(&mut self) -> Option<&'a Token> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }
    pub fn take(&mut self, c: char) -> bool {
        let found = self.peek_is(c);
        self.at += usize::from(found);
        found
    }
    pub fn expect(&mut self, c: char) -> Result<(), Error> {
        if self.take(c) {
            return Ok(());
        }
        self.error(format!("expected '{c}', found {}", self.found()))
    }
    pub fn found(&self) -> String {
        self.peek().map_or_else(|| "EOF".to_owned(), Token::text)
    }
    pub fn has(&self, wanted: impl Fn(&Kind) -> bool) -> bool {
        self.tokens[self.at.min(self.tokens.len())..].iter().any(|token| wanted(&token.kind))
    }
    pub fn error<T>(&self, message: impl Into<String>) -> Result<T, Error> {
        let pos = self.peek().unwrap_or(self.end).pos;
        Err(Error { pos, message: message.into() })
    }
    /// The operand ends here.
    pub fn finish(&self) -> Result<(), Error> {
        if self.peek().is_some() {
            return self.error(format!("unexpected trailing tokens, found {}", self.found()));
        }
        Ok(())
    }

    /// `term { + - | ^ term }`
    pub fn expr(&mut self) -> Result<u64, Error> {
        let mut value = self.term()?;
        loop {
            if self.take('+') {
                value = value.wrapping_add(self.term()?);
            } else if self.take('-') {
                value = value.wrapping_sub(self.term()?);
            } else if self.take('|') {
                value |= self.term()?;
            } else if self.take('^') {
                value ^= self.term()?;
            } else {
                return Ok(value);
            }
        }
    }

    /// `factor { * / % & << >> factor }`
    fn term(&mut self) -> Result<u64, Error> {
        let mut value = self.factor()?;
        loop {
            let Some(operator) = self.peek() else { return Ok(value) };
            match operator.kind {
                Kind::Punct('*' | '/' | '%' | '&') | Kind::Shl | Kind::Shr => self.at += 1,
                _ => return Ok(value),
            }
            let right = self.factor()?;
            let has_sign = (value | right) >> 63 != 0;
            value = match operator.kind {
                Kind::Punct('*') => value.wrapping_mul(right),
                Kind::Punct('&') => value & right,
                Kind::Punct('/' | '%') if right == 0 => return self.error("division by zero"),
                Kind::Punct('/' | '%') if has_sign => {
                    return self.error("divide with high bit set");
                }
                Kind::Punct('/') => value / right,
                Kind::Punct(_) => value % right,
                _ if right >> 63 != 0 => return self.error("negative shift count"),
                Kind::Shl => value.checked_shl(right.min(64) as u32).unwrap_or(0),
                // Arithmetic would be a surprise for masks; gc refuses it too.
                _ if value >> 63 != 0 => return self.error("right shift of negative number"),
                _ => value.checked_shr(right.min(64) as u32).unwrap_or(0),
            };
        }
    }

    fn factor(&mut self) -> Result<u64, Error> {
        let Some(token) = self.next() else { return self.error("unexpected EOF evaluating expression") };
        match &token.kind {
            Kind::Int(value) | Kind::Char(value) => Ok(*value),
            Kind::Huge(text) => self.error(format!("{text}: value out of range")),
            Kind::Punct('+') => self.factor(),
            Kind::Punct('-') => Ok(self.factor()?.wrapping_neg()),
            Kind::Punct('~') => Ok(!self.factor()?),
            Kind::Punct('(') => {
                let value = self.expr()?;
                if !self.take(')') {
                    return self.error("expression missing closing paren");
                }
                Ok(value)
            }
            _ => {
                self.at -= 1;
                self.error(format!("unexpected {} evaluating expression", token.text()))
            }
        }
    }

    /// `{+ - (} float {)}`
    pub fn float(&mut self) -> Result<f64, Error> {
        let Some(token) = self.next() else {
            return self.error("unexpected EOF evaluating float expression");
        };
        match &token.kind {
            Kind::Punct('(') => {
                let value = self.float()?;
                self.expect(')')?;
                Ok(value)
            }
            Kind::Punct('+') => self.float(),
            Kind::Punct('-') => Ok(-self.float()?),
            Kind::Float(value) => Ok(*value),
            _ => self.error(format!("unexpected {} evaluating float expression", token.text())),
        }
    }
}
