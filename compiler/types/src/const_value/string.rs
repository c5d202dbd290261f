//! String constants. Concatenation is lazy: a generated file may add thousands of literals, and each partial sum is a
//! constant of its own that the checker records.

use std::sync::{Arc, OnceLock};

/// Concatenations nested deeper than this are made flat, so that dropping one does not recurse far.
const MAX_DEPTH: u32 = 500;

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
}
