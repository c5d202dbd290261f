//! Texts that differ a little from the source, and the way back to source positions.
//!
//! The grammar does not know every form that Go has. Such a place is rewritten before the text is parsed, by
//! replacements that keep what surrounds it, and the tree's offsets are mapped back.

use std::borrow::Cow;
use std::ops::Range;

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
}

impl OffsetMap {
    /// Source offset of the byte at `offset`.
    pub(crate) fn start(&self, offset: usize) -> usize {
        let after = self.shifts.partition_point(|shift| shift.new_end <= offset);
        match after.checked_sub(1).map(|i| self.shifts[i]) {
            Some(shift) => offset - shift.new_end + shift.old_end,
            None => offset,
        }
    }

    /// Source offset of the end of a node that ends at `offset`.
    pub(crate) fn end(&self, offset: usize) -> usize {
        if self.shifts.is_empty() || offset == 0 { self.start(offset) } else { self.start(offset - 1) + 1 }
    }
}

/// `prefix`, then the stretch `range` of `text` with those `edits` that lie in it (sorted and disjoint), then `suffix`.
pub(crate) fn apply(
    prefix: &str,
    text: &[u8],
    range: Range<usize>,
    edits: &[Edit],
    suffix: &str,
) -> (Vec<u8>, OffsetMap) {
    let mut out = Vec::with_capacity(range.len() + prefix.len() + suffix.len() + edits.len());
    let mut map = OffsetMap::default();
    out.extend_from_slice(prefix.as_bytes());
    if range.start != prefix.len() {
        map.shifts.push(Shift { new_end: prefix.len(), old_end: range.start });
    }
    let mut done = range.start;
    for edit in edits.iter().filter(|edit| range.start <= edit.start && edit.end <= range.end) {
        out.extend_from_slice(&text[done..edit.start]);
        out.extend_from_slice(edit.with.as_bytes());
        done = edit.end;
        if edit.with.len() != edit.end - edit.start {
            map.shifts.push(Shift { new_end: out.len(), old_end: edit.end });
        }
    }
    out.extend_from_slice(&text[done..range.end]);
    out.extend_from_slice(suffix.as_bytes());
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
        let (out, map) = apply("", b"0123456789", 0..10, &edits, "");
        assert_eq!(out, b"01;23xy679");
        assert_eq!([0, 1, 3, 5, 7, 8, 9].map(|at| map.start(at)), [0, 1, 2, 4, 6, 7, 9]);
        assert_eq!(map.end(2), 2);
        let (out, map) = apply("ab", b"0123456789", 4..9, &edits, "!");
        assert_eq!((out.as_slice(), map.start(4)), (b"abxy67!".as_slice(), 6));
    }
}
