//! Frame maps: which words of a function's frame may still be read when one of its calls returns.
//!
//! Made by `codegen` per function (`codegen/frames`), carried by the function table, read by the collector. A frame is an array of
//! words, numbered from its stack pointer upwards to the frame pointer. *Kept registers* are those that a callee preserves, numbered
//! as the target's order says (x86-64: rbx, r12, r13, r14).
//!
//! ```text
//! map        u8 bits of kept registers that the function saves in its frame, [uv word of the first of them; the others follow],
//!            ranges (areas), ranges (objects), uv nsets, nsets x set, uv nsites, nsites x site
//! ranges     uv n, n x { uv (gap << 1 | long), [uv words - 2] }: gap words after the end of the one before; 1 word unless long
//! set        bits, from the lowest of the first byte on: kept registers, areas, objects; as many bytes as that takes
//! site       uv (delta << 1 | other): return address, from the one before (0 at first), [uv number of the set, unless it is the
//!            same as for the site before]
//! ```
//! An *area* is live as a whole: its words may be read after the call. An *object* is a slot whose address has been taken before the
//! call: its words may be read by somebody who holds a pointer into it. What is in neither is dead. A kept register in the
//! set holds a value of this function that is live; when it is not in the set it is dead, if the function saves it, and otherwise
//! not the function's at all but some caller's.

use crate::functab::Reader;

/// Number of kept registers.
pub const KEPT: usize = 4;

/// One function's map.
#[derive(Clone, Copy, Debug)]
pub struct FrameMap<'a> {
    reader: Reader<'a>,
}

/// What is live at one call.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// Kept registers that the function saves: bits.
    pub saved: u8,
    /// Word of the first of them.
    pub saved_at: u32,
    areas: Reader<'a>,
    set: Reader<'a>,
}

/// Words `first..first + words` of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Words {
    pub first: u32,
    pub words: u32,
}

impl<'a> FrameMap<'a> {
    /// The map that begins where `reader` stands.
    pub fn new(reader: Reader<'a>) -> FrameMap<'a> {
        FrameMap { reader }
    }

    /// The call that returns to `offset` bytes behind the function's entry.
    pub fn site(&self, offset: u32) -> Option<Site<'a>> {
        let head = self.head();
        let mut rows = head.rows;
        let number = rows.find(|row| row.0 >= offset).filter(|row| row.0 == offset)?.1;
        let mut set = head.sets;
        if number >= head.nsets {
            return None;
        }
        set.skip(number as usize * head.bytes);
        Some(Site { saved: head.saved, saved_at: head.saved_at, areas: head.areas, set })
    }

    /// Return addresses of all calls, as offsets.
    pub fn returns(&self) -> impl Iterator<Item = u32> {
        self.head().rows.map(|row| row.0)
    }

    fn head(&self) -> Head<'a> {
        let mut r = self.reader;
        let saved = r.byte();
        let saved_at = if saved != 0 { r.uv() } else { 0 };
        let areas = r;
        let mut members = KEPT as u32;
        for _ in 0..2 {
            let n = r.uv();
            members += n;
            for _ in 0..n {
                if r.uv() & 1 != 0 {
                    r.uv();
                }
            }
        }
        let nsets = r.uv();
        let bytes = members.div_ceil(8) as usize;
        let sets = r;
        r.skip(nsets as usize * bytes);
        let left = r.uv();
        Head { saved, saved_at, areas, nsets, bytes, sets, rows: Rows { reader: r, left, at: 0, number: 0 } }
    }
}

/// The parts of a map.
struct Head<'a> {
    saved: u8,
    saved_at: u32,
    areas: Reader<'a>,
    nsets: u32,
    /// Bytes of a set.
    bytes: usize,
    sets: Reader<'a>,
    rows: Rows<'a>,
}

/// The sites: return address, number of the set.
struct Rows<'a> {
    reader: Reader<'a>,
    left: u32,
    at: u32,
    number: u32,
}

impl Iterator for Rows<'_> {
    type Item = (u32, u32);

    fn next(&mut self) -> Option<(u32, u32)> {
        self.left = self.left.checked_sub(1)?;
        let step = self.reader.uv();
        self.at += step >> 1;
        if step & 1 != 0 {
            self.number = self.reader.uv();
        }
        Some((self.at, self.number))
    }
}

impl<'a> Site<'a> {
    /// The site in two words, to be had back by [`Site::unpack`]; none if it does not fit.
    pub fn pack(&self) -> Option<[u64; 2]> {
        let at = |r: &Reader<'_>| u32::try_from(r.position()).ok();
        let places = u64::from(at(&self.areas)?) << 32 | u64::from(at(&self.set)?);
        Some([places, u64::from(self.saved_at) << 8 | u64::from(self.saved)])
    }

    /// What [`Site::pack`] made of a site of the table in `bytes`.
    pub fn unpack(bytes: &'a [u8], [places, saved]: [u64; 2]) -> Site<'a> {
        let reader = |at: u32| {
            let mut r = Reader::new(bytes);
            r.skip(at as usize);
            r
        };
        let (areas, set) = (reader((places >> 32) as u32), reader(places as u32));
        Site { saved: saved as u8, saved_at: (saved >> 8) as u32, areas, set }
    }

    /// Kept registers that hold live values of the function: bits.
    pub fn registers(&self) -> u8 {
        let mut set = self.set;
        set.byte() & ((1 << KEPT) - 1)
    }

    /// Calls `f` with the live areas, then with the objects.
    #[inline]
    pub fn for_each(&self, f: &mut impl FnMut(Words)) {
        let (mut r, mut set) = (self.areas, self.set);
        let mut byte = u32::from(set.byte()) >> KEPT;
        let mut left = 8 - KEPT;
        for _ in 0..2 {
            let mut at = 0;
            for _ in 0..r.uv() {
                let head = r.uv();
                let first = at + (head >> 1);
                let words = if head & 1 != 0 { r.uv() + 2 } else { 1 };
                at = first + words;
                if left == 0 {
                    (byte, left) = (u32::from(set.byte()), 8);
                }
                if byte & 1 != 0 {
                    f(Words { first, words });
                }
                byte >>= 1;
                left -= 1;
            }
        }
    }

    /// The word in which register `number` is saved, if the function saves it.
    pub fn saved_word(&self, number: usize) -> Option<u32> {
        let below = self.saved & ((1 << number) - 1);
        (self.saved & 1 << number != 0).then(|| self.saved_at + below.count_ones())
    }
}
