//! Interned identifiers and import paths.
//!
//! A `Name` lives for the whole process; two names are equal exactly when their texts are, and comparing them is a
//! pointer comparison. `Ord` follows the text, so that sorted output never depends on interning order.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{LazyLock, Mutex, PoisonError};

const SHARDS: usize = 32;

static TABLE: LazyLock<[Mutex<HashSet<&'static str>>; SHARDS]> =
    LazyLock::new(|| std::array::from_fn(|_| Mutex::new(HashSet::new())));

/// An interned string.
#[derive(Clone, Copy)]
pub struct Name(&'static str);

impl Name {
    /// Interns `text`.
    pub fn new(text: &str) -> Name {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let shard = &TABLE[hasher.finish() as usize % SHARDS];
        let mut set = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&found) = set.get(text) {
            return Name(found);
        }
        let leaked: &'static str = Box::leak(text.to_owned().into_boxed_str());
        set.insert(leaked);
        Name(leaked)
    }

    /// The text.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The blank identifier `_`.
    pub fn is_blank(self) -> bool {
        self.0 == "_"
    }

    /// Whether the first character is an upper-case letter (spec, "Exported identifiers").
    pub fn is_exported(self) -> bool {
        self.0.chars().next().is_some_and(char::is_uppercase)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.0.len() == other.0.len() && std::ptr::eq(self.0.as_ptr(), other.0.as_ptr())
    }
}

impl Eq for Name {}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The empty string may share its address with nothing else that is interned, so the address alone is enough.
        (self.0.as_ptr() as usize).hash(state);
        self.0.len().hash(state);
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Name) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Name) -> Ordering {
        self.0.cmp(other.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Name::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn equal_texts_are_one_name() {
        assert_eq!(Name::new("x"), Name::new(&String::from("x")));
        assert_ne!(Name::new("x"), Name::new("y"));
        assert!(Name::new("Ärger").is_exported());
        assert!(!Name::new("_x").is_exported());
    }
}
