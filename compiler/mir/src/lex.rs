//! Tokens of the text form.

use crate::parse::ParseError;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Token {
    /// Names, opcodes, `v12`, `b3`.
    Word(String),
    /// A quoted symbol.
    Str(String),
    /// A number, with optional sign.
    Int(i128),
    /// Two hexadecimal digits, after `bytes`.
    Byte(u8),
    Punct(&'static str),
}

const PUNCTUATION: &[&str] = &["->", "(", ")", "{", "}", "[", "]", ",", ":", "=", "!", "@"];

/// All tokens with their lines.
pub(crate) fn lex(text: &str) -> Result<Vec<(Token, u32)>, ParseError> {
    let mut tokens = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index as u32 + 1;
        lex_line(line, number, &mut tokens).map_err(|message| ParseError { line: number, message })?;
    }
    Ok(tokens)
}

fn lex_line(line: &str, number: u32, tokens: &mut Vec<(Token, u32)>) -> Result<(), String> {
    let mut rest = line;
    let mut in_bytes = false;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(()) };
        if first == ';' {
            return Ok(());
        }
        let token = if first == '"' {
            let (text, after) = quoted(&rest[1..])?;
            rest = after;
            Token::Str(text)
        } else if let Some(punct) = PUNCTUATION.iter().find(|p| rest.starts_with(**p)) {
            rest = &rest[punct.len()..];
            Token::Punct(punct)
        } else {
            let end = rest[first.len_utf8()..]
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .map_or(rest.len(), |at| at + first.len_utf8());
            let (word, after) = rest.split_at(end);
            rest = after;
            if in_bytes {
                Token::Byte(u8::from_str_radix(word, 16).map_err(|_| format!("{word} is not a byte"))?)
            } else if first.is_ascii_digit() || first == '-' || first == '+' {
                Token::Int(int(word)?)
            } else if first.is_ascii_alphabetic() || first == '_' {
                in_bytes = word == "bytes";
                Token::Word(word.to_owned())
            } else {
                return Err(format!("unexpected character {first:?}"));
            }
        };
        tokens.push((token, number));
    }
}

fn int(word: &str) -> Result<i128, String> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let value = match digits.strip_prefix("0x") {
        Some(hex) => i128::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    let value = value.map_err(|_| format!("{word} is not a number"))?;
    Ok(if negative { -value } else { value })
}

/// The name up to the closing quote, and what follows.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((at, 'x')) => {
                    let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                    out.push(char::from(hex.ok_or("bad escape")?));
                    chars.nth(1);
                }
                Some((_, escaped)) => out.push(escaped),
                None => break,
            },
            c => out.push(c),
        }
    }
    Err("quoted name without end".into())
}
