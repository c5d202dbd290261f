//! Which objects are allocated inline: the shapes (`rgo_abi::alloc`) that a program's `New` instructions make most often.
//!
//! Types whose objects have the same slot size and the same pointer words share a shape. The table is made before the first function is
//! compiled, from the descriptors' contents, and does not depend on the order in which functions are compiled.

use std::collections::{BTreeMap, HashMap};
use std::mem::offset_of;

use rgo_abi::alloc::{MAX_SHAPES, MAX_SIZE, MIN_SIZE, SHAPE_SIZE};
use rgo_abi::size_class::{CLASS_TO_SIZE, class_of};
use rgo_abi::types::{TFLAG_GC_MASK_ON_DEMAND, Type, WORD};
use rgo_mir::{Data, DataId, InstKind, Module, RelocTarget};

/// A kind of object that is allocated inline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Number in the table.
    pub index: u32,
    /// Bytes of a slot.
    pub slot: u32,
}

/// The shapes of a program.
#[derive(Default)]
pub struct Shapes {
    by_type: HashMap<DataId, Shape>,
    /// Pointer mask and span class.
    table: Vec<(u64, u64)>,
}

impl Shapes {
    /// Numbers the most frequent ones.
    pub fn new(module: &Module) -> Shapes {
        let mut types: BTreeMap<DataId, usize> = BTreeMap::new();
        for func in &module.bodies {
            for block in func.blocks.values() {
                for &inst in &block.insts {
                    if let InstKind::New { ty, .. } = func.insts[inst].kind {
                        *types.entry(ty).or_default() += 1;
                    }
                }
            }
        }
        let mut counts: BTreeMap<(u64, u64), (usize, Vec<DataId>)> = BTreeMap::new();
        for (ty, count) in types {
            if let Some(shape) = shape_of(module, ty) {
                let entry = counts.entry(shape).or_default();
                entry.0 += count;
                entry.1.push(ty);
            }
        }
        let mut order: Vec<_> = counts.into_iter().collect();
        // Stable, so equal counts keep the order of masks and classes.
        order.sort_by_key(|&(_, (count, _))| std::cmp::Reverse(count));
        order.truncate(MAX_SHAPES);
        let mut shapes = Shapes::default();
        for (index, (shape, (_, types))) in order.into_iter().enumerate() {
            let slot = u32::from(CLASS_TO_SIZE[shape.1 as usize >> 1]);
            shapes.table.push(shape);
            shapes.by_type.extend(types.into_iter().map(|ty| (ty, Shape { index: index as u32, slot })));
        }
        shapes
    }

    /// The shape of objects with the descriptor `ty`, if they are allocated inline.
    pub fn get(&self, ty: DataId) -> Option<Shape> {
        self.by_type.get(&ty).copied()
    }

    /// Contents of `rgo_abi::alloc::SHAPES`.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(WORD + self.table.len() * SHAPE_SIZE);
        bytes.extend((self.table.len() as u64).to_le_bytes());
        for (mask, class) in &self.table {
            bytes.extend(mask.to_le_bytes());
            bytes.extend(class.to_le_bytes());
        }
        bytes
    }
}

/// Pointer mask and span class of objects with the descriptor `ty`; `None` if they are not allocated inline.
fn shape_of(module: &Module, ty: DataId) -> Option<(u64, u64)> {
    let descriptor = module.data[ty].as_ref()?;
    let size = word_at(descriptor, offset_of!(Type, size))? as usize;
    let pointer_words = word_at(descriptor, offset_of!(Type, ptr_bytes))? as usize / WORD;
    if !(MIN_SIZE..=MAX_SIZE).contains(&size) {
        return None;
    }
    let noscan = pointer_words == 0;
    let span_class = (class_of(size) as u64) << 1 | u64::from(noscan);
    if noscan {
        return Some((0, span_class));
    }
    if descriptor.bytes[offset_of!(Type, tflag)] & TFLAG_GC_MASK_ON_DEMAND != 0 {
        return None;
    }
    let reloc = descriptor.relocs.iter().find(|r| r.offset as usize == offset_of!(Type, gc_data))?;
    let RelocTarget::Data(mask) = reloc.target else { return None };
    let mask = word_at(module.data[mask].as_ref()?, usize::try_from(reloc.addend).ok()?)?;
    Some((mask & (u64::MAX >> (64 - pointer_words)), span_class))
}

fn word_at(data: &Data, offset: usize) -> Option<u64> {
    let bytes = data.bytes.get(offset..offset + WORD)?;
    Some(u64::from_le_bytes(bytes.try_into().expect("a word has eight bytes")))
}
