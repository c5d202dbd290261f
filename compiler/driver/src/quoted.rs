//! Splitting of flag lists inside one argument (`-ldflags "-s -X 'a.b=c d'"`), as the go command does it.

/// Splits at blanks; a word that begins with a quote extends to the same quote, without escapes.
pub(crate) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let len = if first == '"' || first == '\'' {
            let end = rest[1..].find(first).ok_or_else(|| format!("unterminated {first} string"))?;
            words.push(rest[1..=end].to_owned());
            end + 2
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            end
        };
        rest = rest[len..].trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn quotes_group() {
        assert_eq!(split("-s  -X 'main.v=a b' \"c\"").unwrap(), ["-s", "-X", "main.v=a b", "c"]);
        assert!(split("'x").is_err());
    }
}
