//! Size classes of the heap: the slot sizes small objects are rounded up to.
//!
//! The classes equal gc's, because programs observe them: `append` grows a slice to what [`round_up`] returns and `cap`
//! shows it. The compiler reads the table for allocations of constant size, rt for everything else.

/// Bytes in a heap page.
pub const PAGE_SIZE: usize = 1 << PAGE_SHIFT;
/// `log2(PAGE_SIZE)`.
pub const PAGE_SHIFT: usize = 13;
/// Largest slot; bigger objects have spans of their own.
pub const MAX_SMALL_SIZE: usize = 32768;
/// Number of classes; class 0 stands for large objects.
pub const NUM_SIZE_CLASSES: usize = 68;
/// Objects with pointers up to this size are described by the heap bitmap, larger small ones by a header word.
pub const MIN_SIZE_FOR_HEADER: usize = 512;
/// The header word: the address of the object's type descriptor.
pub const MALLOC_HEADER_SIZE: usize = 8;
/// Block size of the tiny allocator, which packs pointer-free objects smaller than this.
pub const TINY_SIZE: usize = 16;
/// Most objects a span can hold.
pub const MAX_OBJECTS_PER_SPAN: usize = 1024;

/// Slot size by class.
pub const CLASS_TO_SIZE: [u16; NUM_SIZE_CLASSES] = [
    0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384,
    416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072,
    3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568,
    14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
];

/// Pages of a span by class.
pub const CLASS_TO_PAGES: [u8; NUM_SIZE_CLASSES] = [
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    2, 1, 2, 1, 2, 1, 3, 2, 3, 1, 3, 2, 3, 4, 5, 6, 1, 7, 6, 5, 4, 3, 5, 7, 2, 9, 7, 5, 8, 3, 10, 7, 4,
];

/// Sizes up to this look up [`SIZE_TO_CLASS_8`], larger ones [`SIZE_TO_CLASS_128`].
const FINE_MAX: usize = 1024;

/// Class by `size.div_ceil(8)`, for sizes up to 1024.
pub static SIZE_TO_CLASS_8: [u8; FINE_MAX / 8 + 1] = fine_table();
/// Class by `(size - 1024).div_ceil(128)`, for larger small sizes.
pub static SIZE_TO_CLASS_128: [u8; (MAX_SMALL_SIZE - FINE_MAX) / 128 + 1] = coarse_table();

const fn fine_table() -> [u8; FINE_MAX / 8 + 1] {
    let mut table = [0; FINE_MAX / 8 + 1];
    let (mut i, mut class) = (1, 1);
    while i < table.len() {
        while (CLASS_TO_SIZE[class] as usize) < i * 8 {
            class += 1;
        }
        table[i] = class as u8;
        i += 1;
    }
    table
}

const fn coarse_table() -> [u8; (MAX_SMALL_SIZE - FINE_MAX) / 128 + 1] {
    let mut table = [0; (MAX_SMALL_SIZE - FINE_MAX) / 128 + 1];
    let (mut i, mut class) = (0, 1);
    while i < table.len() {
        while (CLASS_TO_SIZE[class] as usize) < FINE_MAX + i * 128 {
            class += 1;
        }
        table[i] = class as u8;
        i += 1;
    }
    table
}

/// The class of objects of `size` bytes; `size` is at most [`MAX_SMALL_SIZE`].
#[inline]
pub fn class_of(size: usize) -> usize {
    if size <= FINE_MAX - 8 {
        SIZE_TO_CLASS_8[size.div_ceil(8)] as usize
    } else {
        SIZE_TO_CLASS_128[(size.max(FINE_MAX) - FINE_MAX).div_ceil(128)] as usize
    }
}

/// Bytes an allocation of `size` really gets: what `append` may use as capacity.
pub fn round_up(size: usize, noscan: bool) -> usize {
    let header = if !noscan && size > MIN_SIZE_FOR_HEADER { MALLOC_HEADER_SIZE } else { 0 };
    if size <= MAX_SMALL_SIZE - MALLOC_HEADER_SIZE {
        return CLASS_TO_SIZE[class_of(size + header)] as usize - header;
    }
    match size.checked_add(PAGE_SIZE - 1) {
        Some(sum) => sum & !(PAGE_SIZE - 1),
        None => size,
    }
}

/// Multiplier for dividing an offset in a span of `class` by the slot size: `(offset * magic) >> 32`. Exact for offsets
/// below the span's size, because no span is larger than 80 KiB.
pub const fn div_magic(class: usize) -> u32 {
    if class == 0 { 0 } else { u32::MAX / CLASS_TO_SIZE[class] as u32 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_is_the_smallest_that_fits() {
        for size in 1..=MAX_SMALL_SIZE {
            let class = class_of(size);
            assert!(CLASS_TO_SIZE[class] as usize >= size, "size {size}");
            // gc's 1024 and 128-byte tables agree with the smallest fit everywhere except inside a 128-byte step.
            assert!(class == 1 || size <= 1024 && (CLASS_TO_SIZE[class - 1] as usize) < size || size > 1016);
        }
    }

    #[test]
    fn division_by_magic_is_exact() {
        for class in 1..NUM_SIZE_CLASSES {
            let size = CLASS_TO_SIZE[class] as usize;
            for offset in 0..CLASS_TO_PAGES[class] as usize * PAGE_SIZE {
                assert_eq!((offset as u64 * div_magic(class) as u64) >> 32, (offset / size) as u64);
            }
        }
    }

    #[test]
    fn rounding_matches_gc() {
        for (size, noscan, want) in [
            (1, true, 8),
            (5, true, 8),
            (33, true, 48),
            (513, true, 576),
            (513, false, 568),
            (1024, false, 1144),
            (32760, true, 32768),
            (32768, true, 32768),
            (32761, true, 40960 - 8192),
            (40000, false, 40960),
        ] {
            assert_eq!(round_up(size, noscan), want, "round_up({size}, {noscan})");
        }
    }
}
