//! String constants. Concatenation is lazy: a generated file may add thousands of literals, and each partial sum is a
//! constant of its own that the checker records.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

/// Concatenations nested deeper than this are made flat, so that dropping one does not recurse far.
const MAX_DEPTH: u32 = 500;

/// Strings up to this length are made flat when their bytes are asked for.
const CHUNK: usize = 1 << 16;

/// The bytes of a string constant.
#[derive(Clone, Debug)]
pub struct ConstStr(Arc<Rep>);

#[derive(Debug)]
struct Rep {
    len: usize,
    depth: u32,
    /// Set at once for a flat string, on demand for a concatenation.
    flat: OnceLock<Arc<[u8]>>,
    parts: Option<(ConstStr, ConstStr)>,
}

impl ConstStr {
    /// A flat string.
    pub fn new(bytes: Arc<[u8]>) -> ConstStr {
        let len = bytes.len();
        ConstStr(Arc::new(Rep { len, depth: 0, flat: OnceLock::from(bytes), parts: None }))
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }

    /// `self + other`
    pub fn concat(&self, other: &ConstStr) -> ConstStr {
        let depth = self.0.depth.max(other.0.depth) + 1;
        let rep = Rep {
            len: self.len() + other.len(),
            depth,
            flat: OnceLock::new(),
            parts: Some((self.clone(), other.clone())),
        };
        let sum = ConstStr(Arc::new(rep));
        // The limit on the length of constants is checked by the caller before anybody asks for such bytes.
        if depth > MAX_DEPTH && sum.len() < 1 << 31 {
            return ConstStr::new(sum.bytes());
        }
        sum
    }

    /// The bytes.
    pub fn bytes(&self) -> Arc<[u8]> {
        Arc::clone(self.0.flat.get_or_init(|| {
            let mut out = Vec::with_capacity(self.0.len);
            if self.0.len > CHUNK {
                self.chunks().for_each(|chunk| out.extend_from_slice(&chunk));
                return out.into();
            }
            let mut stack = vec![self];
            while let Some(next) = stack.pop() {
                match (next.0.flat.get(), &next.0.parts) {
                    (Some(bytes), _) => out.extend_from_slice(bytes),
                    (None, Some((left, right))) => stack.extend([right, left]),
                    (None, None) => {}
                }
            }
            out.into()
        }))
    }

    /// The bytes in pieces, so that a huge string need not be made flat.
    fn chunks(&self) -> impl Iterator<Item = Arc<[u8]>> + '_ {
        let mut stack = vec![self];
        std::iter::from_fn(move || {
            loop {
                let next = stack.pop()?;
                match &next.0.parts {
                    Some((left, right)) if next.0.len > CHUNK && next.0.flat.get().is_none() => {
                        stack.extend([right, left]);
                    }
                    _ => return Some(next.bytes()),
                }
            }
        })
    }

    /// The first `len` bytes, or all.
    pub fn head(&self, len: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for chunk in self.chunks() {
            out.extend_from_slice(&chunk[..chunk.len().min(len - out.len())]);
            if out.len() == len {
                break;
            }
        }
        out
    }

    /// The order of the bytes.
    pub fn compare(&self, other: &ConstStr) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        let (mut a, mut b) = (self.chunks(), other.chunks());
        let (mut x, mut y): (Arc<[u8]>, Arc<[u8]>) = (Arc::from([]), Arc::from([]));
        let (mut i, mut j) = (0, 0);
        loop {
            while i == x.len() {
                match a.next() {
                    Some(chunk) => (x, i) = (chunk, 0),
                    None => break,
                }
            }
            while j == y.len() {
                match b.next() {
                    Some(chunk) => (y, j) = (chunk, 0),
                    None => break,
                }
            }
            let common = (x.len() - i).min(y.len() - j);
            if common == 0 {
                return (x.len() - i).cmp(&(y.len() - j));
            }
            match x[i..i + common].cmp(&y[j..j + common]) {
                Ordering::Equal => (i, j) = (i + common, j + common),
                order => return order,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_strings_stay_in_pieces() {
        let mut s = ConstStr::new(Arc::from(*b"ab"));
        let mut t = ConstStr::new(Arc::from(*b"a"));
        for _ in 0..29 {
            s = s.concat(&s);
            t = t.concat(&t);
        }
        assert_eq!(s.head(5), b"ababa");
        assert_eq!(s.compare(&s.clone()), Ordering::Equal);
        assert_eq!(s.compare(&t), Ordering::Greater);
        let (x, y) = (ConstStr::new(Arc::from(*b"ab")), ConstStr::new(Arc::from(*b"abc")));
        assert_eq!(x.compare(&y), Ordering::Less);
        assert_eq!(&*x.concat(&y).bytes(), b"ababc");
    }
}
