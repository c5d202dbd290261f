//! Type descriptors of the tests, and the roots.

use core::ptr::null;
use core::sync::atomic::AtomicUsize;

use rgo_abi::types::{ChanType, Type, kind};

/// A descriptor in read-only data.
#[repr(transparent)]
pub struct Descriptor<T>(T);
// SAFETY: read only.
unsafe impl<T> Sync for Descriptor<T> {}

const fn typ(words: usize, pointer_words: usize, mask: &'static u64) -> Type {
    Type {
        size: words * 8,
        ptr_bytes: pointer_words * 8,
        hash: 0,
        tflag: 0,
        align: 8,
        field_align: 8,
        kind: kind::STRUCT,
        equal: null(),
        gc_data: mask as *const u64 as *const u8,
        str_off: 0,
        ptr_to_this: 0,
    }
}

/// `struct { left, right *T }`.
pub static NODE: Descriptor<Type> = Descriptor(typ(2, 2, &0b11));
/// `{code, captures [3]unsafe.Pointer}`.
pub static CLOSURE: Descriptor<Type> = Descriptor(typ(4, 4, &0b1110));
static INT: Descriptor<Type> = Descriptor(typ(1, 0, &0));
static POINTER: Descriptor<Type> = Descriptor(typ(1, 1, &1));

/// `chan int`.
pub static CHAN_INT: Descriptor<ChanType> = Descriptor(ChanType { typ: typ(1, 1, &1), elem: &INT.0, dir: 3 });
/// `chan *T`.
pub static CHAN_POINTER: Descriptor<ChanType> =
    Descriptor(ChanType { typ: typ(1, 1, &1), elem: &POINTER.0, dir: 3 });

/// Global variables that hold pointers: all that lies between `runtime.data` and `runtime.edata`.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".data")]
#[allow(non_upper_case_globals)]
static metal_data: [AtomicUsize; 16] = [const { AtomicUsize::new(0) }; 16];
core::arch::global_asm!(".globl metal_data_end\n.set metal_data_end, metal_data + 128");

/// A global variable.
pub fn global(index: usize) -> &'static AtomicUsize {
    &metal_data[index]
}
