//! Texts that differ a little from the source, and the way back to source positions.
//!
//! The grammar does not know every form that Go has. Such a place is rewritten before the text is parsed, by
//! replacements that keep what surrounds it, and the tree's offsets are mapped back.

use std::borrow::Cow;

/// Replace `start..end` of the source by `with`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Edit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) with: Cow<'static, str>,
}

/// Where a changed stretch lies in the new text, and by how much what follows has moved.
#[derive(Clone, Copy, Debug)]
struct Shift {
    /// End of the replacement in the new text.
    new_end: usize,
    /// End of what was replaced in the source.
    old_end: usize,
}

/// Maps offsets of a rewritten text to offsets of the source.
#[derive(Default, Debug)]
pub(crate) struct OffsetMap {
    shifts: Vec<Shift>,
    /// Added to every result: where the parsed snippet lies in the source.
    origin: isize,
}

impl OffsetMap {
    /// The map of a snippet whose byte `prefix` is the source's byte `at`.
    pub(crate) fn snippet(prefix: usize, at: usize) -> OffsetMap {
        OffsetMap { shifts: Vec::new(), origin: at as isize - prefix as isize }
    }

    /// Source offset of the byte at `offset`.
    pub(crate) fn start(&self, offset: usize) -> usize {
        let after = self.shifts.partition_point(|shift| shift.new_end <= offset);
        let moved = match after.checked_sub(1).map(|i| self.shifts[i]) {
            Some(shift) => offset - shift.new_end + shift.old_end,
            None => offset,
        };
        moved.saturating_add_signed(self.origin)
    }

    /// Source offset of the end of a node that ends at `offset`.
    pub(crate) fn end(&self, offset: usize) -> usize {
        if self.shifts.is_empty() || offset == 0 { self.start(offset) } else { self.start(offset - 1) + 1 }
    }
}

/// Applies `edits`, sorted and disjoint, to `text`.
pub(crate) fn apply(text: &[u8], edits: &[Edit]) -> (Vec<u8>, OffsetMap) {
    let mut out = Vec::with_capacity(text.len() + edits.len());
    let mut map = OffsetMap::default();
    let mut done = 0;
    for edit in edits {
        out.extend_from_slice(&text[done..edit.start]);
        out.extend_from_slice(edit.with.as_bytes());
        done = edit.end;
        if edit.with.len() != edit.end - edit.start {
            map.shifts.push(Shift { new_end: out.len(), old_end: edit.end });
        }
    }
    out.extend_from_slice(&text[done..]);
    (out, map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_map_back() {
        let edits = [
            Edit { start: 2, end: 2, with: ";".into() },
            Edit { start: 4, end: 6, with: "xy".into() },
            Edit { start: 8, end: 9, with: "".into() },
        ];
        let (out, map) = apply(b"0123456789", &edits);
        assert_eq!(out, b"01;23xy679");
        assert_eq!([0, 1, 3, 5, 7, 8, 9].map(|at| map.start(at)), [0, 1, 2, 4, 6, 7, 9]);
        assert_eq!(map.end(2), 2);
        assert_eq!(OffsetMap::snippet(6, 100).start(8), 102);
    }
}
