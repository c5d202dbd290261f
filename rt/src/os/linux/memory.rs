//! Address space.

use super::{errno, nr, syscall};

/// Smallest unit of mapping.
pub(crate) const PAGE_SIZE: usize = 4096;

const PROT_NONE: usize = 0;
const PROT_READ_WRITE: usize = 3;
const MAP_PRIVATE: usize = 2;
const MAP_FIXED: usize = 0x10;
const MAP_ANONYMOUS: usize = 0x20;
const MAP_NORESERVE: usize = 0x4000;
const MAP_FIXED_NOREPLACE: usize = 0x10_0000;
const MADV_DONTNEED: usize = 4;
const MADV_NOHUGEPAGE: usize = 15;

fn mmap(addr: usize, size: usize, prot: usize, flags: usize) -> Option<usize> {
    let r = syscall(nr::MMAP, [addr, size, prot, flags | MAP_PRIVATE | MAP_ANONYMOUS, usize::MAX, 0]);
    if errno(r).is_some() { None } else { Some(r as usize) }
}

/// Reserves address space without memory.
pub(crate) fn reserve(size: usize) -> Option<usize> {
    mmap(0, size, PROT_NONE, MAP_NORESERVE)
}

/// Zeroed memory anywhere.
pub(crate) fn map(size: usize) -> Option<usize> {
    mmap(0, size, PROT_READ_WRITE, 0)
}

/// Memory with the protection and the flags that the kernel has named.
pub(crate) fn map_with(size: usize, prot: u32, flags: u32) -> Option<usize> {
    let r = syscall(nr::MMAP, [0, size, prot as usize, flags as usize, usize::MAX, 0]);
    if errno(r).is_some() { None } else { Some(r as usize) }
}

/// Zeroed memory at `addr`; false when the kernel refuses, or something else is there.
pub(crate) fn map_at(addr: usize, size: usize) -> bool {
    match mmap(addr, size, PROT_READ_WRITE, MAP_FIXED_NOREPLACE) {
        None => false,
        Some(got) if got == addr => true,
        // A kernel before 4.17 takes the address for a hint.
        Some(elsewhere) => {
            unmap(elsewhere, size);
            false
        }
    }
}

/// Makes part of a reservation usable, zeroed; false when the kernel refuses.
pub(crate) fn commit(addr: usize, size: usize) -> bool {
    mmap(addr, size, PROT_READ_WRITE, MAP_FIXED).is_some()
}

/// Gives the memory back to the kernel; the addresses stay usable and read as zero.
pub(crate) fn release(addr: usize, size: usize) {
    syscall(nr::MADVISE, [addr, size, MADV_DONTNEED, 0, 0, 0]);
}

/// Says that the kernel must not use huge pages; it may have none.
pub(crate) fn refuse_huge_pages(addr: usize, size: usize) {
    syscall(nr::MADVISE, [addr, size, MADV_NOHUGEPAGE, 0, 0, 0]);
}

/// Gives memory and addresses back.
pub(crate) fn unmap(addr: usize, size: usize) {
    syscall(nr::MUNMAP, [addr, size, 0, 0, 0, 0]);
}
