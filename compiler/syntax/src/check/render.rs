//! Source text as gc prints expressions in messages.

use std::ops::Range;

use super::Checker;
use crate::scan::{Scanner, Tok, next_token};

impl Checker<'_> {
    /// The expression or statement in `range`, on one line, with gc's spacing; bodies and literal values are elided.
    pub(super) fn render(&self, range: Range<usize>) -> String {
        self.render_operand(range).0
    }

    /// The operand of a mistaken assignment, in parentheses if it is a binary expression.
    pub(super) fn emphasized(&self, range: Range<usize>) -> String {
        match self.render_operand(range) {
            (text, true) => format!("({text})"),
            (text, false) => text,
        }
    }

    /// The text, and whether it has a binary operator outside brackets.
    fn render_operand(&self, range: Range<usize>) -> (String, bool) {
        let (mut binary, mut brackets) = (false, 0);
        let mut scanner = Scanner::new(&self.text[..range.end]);
        scanner.end = range.start;
        let mut out = String::new();
        let mut after_operand = false;
        let mut elide_depth = 0;
        let mut end = range.start;
        loop {
            scanner.next();
            let tok = scanner.tok;
            let gap = !out.is_empty() && !out.ends_with(' ') && scanner.start > end && elide_depth == 0;
            end = scanner.end;
            if tok == Tok::Eof || scanner.start >= range.end {
                break;
            }
            match tok {
                Tok::LBrace => {
                    elide_depth += 1;
                    if elide_depth == 1 {
                        if gap {
                            out.push(' ');
                        }
                        let empty = next_token(self.text, scanner.end);
                        out.push_str(if self.text.get(empty) == Some(&b'}') { "{}" } else { "{…}" });
                    }
                    continue;
                }
                Tok::RBrace => {
                    elide_depth -= 1;
                    after_operand = true;
                    continue;
                }
                _ if elide_depth > 0 => continue,
                Tok::Semi => continue,
                _ => {}
            }
            let text = String::from_utf8_lossy(scanner.lit());
            let infix = matches!(tok, Tok::Operator | Tok::Star | Tok::Arrow) && after_operand
                || matches!(tok, Tok::Assign | Tok::Define | Tok::AssignOp);
            let operand = matches!(tok, Tok::Name | Tok::LBrack | Tok::Star) || tok.is_keyword();
            if gap && after_operand && operand && !infix {
                out.push(' ');
            }
            binary |= infix && brackets == 0;
            match tok {
                Tok::LParen | Tok::LBrack => brackets += 1,
                Tok::RParen | Tok::RBrack => brackets -= 1,
                _ => {}
            }
            match tok {
                _ if infix => out.push_str(&format!(" {text} ")),
                Tok::Comma => out.push_str(", "),
                _ if tok.is_keyword() => {
                    out.push_str(&text);
                    let alone = matches!(tok, Tok::Func | Tok::Map | Tok::Struct | Tok::Interface)
                        || tok == Tok::Type && out.ends_with("(type");
                    if !alone {
                        out.push(' ');
                    }
                }
                _ => out.push_str(&text),
            }
            after_operand = matches!(tok, Tok::Name | Tok::Literal | Tok::RParen | Tok::RBrack | Tok::IncOp);
        }
        (out, binary)
    }
}
