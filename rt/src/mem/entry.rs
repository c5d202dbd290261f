//! The allocation entries of compiled code.

use core::ptr;

use rgo_abi::alloc::MAX_SHAPES;
use rgo_abi::panic::PanicCode;
use rgo_abi::size_class;
use rgo_abi::types::Type;

use super::malloc::{self, MAX_ALLOC, Zero};
use super::mcache::MCache;
use super::runs::Shape;
use crate::arch;
use crate::entry::Pair;
use crate::sched;
use crate::sched::g::G;
use crate::sched::preempt::{self, give_way};

/// The words of an entry that was put off (`sched::preempt::give_way`).
fn words(g: &G) -> [usize; 3] {
    core::array::from_fn(|i| g.wait[i].get())
}

fn address(p: *mut u8) -> Pair {
    Pair(p as u64, 0)
}

extern "C" fn mallocgc_entry(size: usize, typ: *const Type, needzero: u64) -> *mut u8 {
    give_way([size, typ as usize, needzero as usize], |g| {
        let [size, typ, needzero] = words(g);
        address(mallocgc_entry(size, typ as *const Type, needzero as u64))
    });
    if size > MAX_ALLOC {
        sched::rt_panic(PanicCode::AllocationSize, size as u64, 0);
    }
    // SAFETY: compiled code passes a descriptor and a size that fits it.
    unsafe { malloc::mallocgc(sched::mcache(), size, typ, zero(needzero)) }
}

/// The P's cache; nil, so that the entry goes to g0, when the goroutine is to yield.
#[inline]
fn cache_to_use() -> Option<&'static mut MCache> {
    let m = arch::current_m();
    if preempt::is_asked(m) {
        return None;
    }
    // SAFETY: this M holds its P, and nobody else uses the cache meanwhile.
    Some(unsafe { m.p().mcache() })
}

extern "C" fn mallocgc_fast(size: usize, typ: *const Type, needzero: u64) -> *mut u8 {
    let Some(cache) = cache_to_use() else { return ptr::null_mut() };
    // SAFETY: as above.
    unsafe { malloc::try_fast(cache, size, typ, zero(needzero)) }
}

extern "C" fn malloc_noscan(size: usize, needzero: u64) -> *mut u8 {
    mallocgc_entry(size, ptr::null(), needzero)
}

extern "C" fn malloc_noscan_fast(size: usize, needzero: u64) -> *mut u8 {
    mallocgc_fast(size, ptr::null(), needzero)
}

fn zero(needzero: u64) -> Zero {
    if needzero & 0xff != 0 { Zero::Yes } else { Zero::No }
}

extern "C" fn newobject(typ: *const Type) -> *mut u8 {
    give_way([typ as usize, 0, 0], |g| address(newobject(words(g)[0] as *const Type)));
    // SAFETY: compiled code passes a descriptor.
    unsafe { malloc::mallocgc(sched::mcache(), (*typ).size, typ, Zero::Yes) }
}

extern "C" fn newobject_fast(typ: *const Type) -> *mut u8 {
    let Some(cache) = cache_to_use() else { return ptr::null_mut() };
    // SAFETY: compiled code passes a descriptor.
    unsafe { malloc::try_fast(cache, (*typ).size, typ, Zero::Yes) }
}

#[repr(C)]
struct Shapes {
    count: usize,
    shapes: [Shape; MAX_SHAPES],
}

unsafe extern "C" {
    /// Made by the compiler; only the first `count` shapes exist.
    #[link_name = "runtime.allocShapes"]
    static SHAPES: Shapes;
}

/// The run of the shape is empty: fills it if the P's cached span allows.
extern "C" fn new_in_run_fast(_typ: *const Type, index: usize) -> usize {
    // SAFETY: compiled code passes the number of a shape.
    let shape = unsafe { *(&raw const SHAPES.shapes).cast::<Shape>().add(index) };
    cache_to_use().map_or(0, |cache| cache.take_run(index, shape))
}

extern "C" fn new_in_run(typ: *const Type, _index: usize) -> *mut u8 {
    newobject(typ)
}

extern "C" fn newarray(typ: *const Type, n: isize) -> *mut u8 {
    give_way([typ as usize, n as usize, 0], |g| {
        let [typ, n, _] = words(g);
        address(newarray(typ as *const Type, n as isize))
    });
    // SAFETY: compiled code passes a descriptor.
    let size = unsafe { (*typ).size };
    match usize::try_from(n).ok().and_then(|n| n.checked_mul(size)).filter(|&bytes| bytes <= MAX_ALLOC) {
        // SAFETY: as above.
        Some(bytes) => unsafe { malloc::mallocgc(sched::mcache(), bytes, typ, Zero::Yes) },
        None => sched::rt_panic(PanicCode::AllocationSize, n as u64, 0),
    }
}

extern "C" fn roundupsize(size: usize, noscan: u64) -> usize {
    size_class::round_up(size, noscan & 0xff != 0)
}

extern "C" fn persistentalloc(size: usize, align: usize) -> *mut u8 {
    match super::persistent::alloc(size, align.max(8)) {
        Some(p) => p.as_ptr(),
        None => crate::fatal::out_of_memory(),
    }
}

alloc_entry!("runtime.mallocgc", mallocgc_fast, mallocgc_entry);
alloc_entry!("runtime.mallocNoscan", malloc_noscan_fast, malloc_noscan);
alloc_entry!("runtime.newInRun", new_in_run_fast, new_in_run);
alloc_entry!("runtime.newobject", newobject_fast, newobject);
alloc_entry!("internal/runtime/maps.newobject", newobject_fast, newobject);
alloc_entry!("reflect.unsafe_New", newobject_fast, newobject);
alloc_entry!("internal/reflectlite.unsafe_New", newobject_fast, newobject);
g0_entry!("runtime.newarray", newarray);
g0_entry!("internal/runtime/maps.newarray", newarray);
g0_entry!("reflect.unsafe_NewArray", newarray);
g0_entry!("runtime.persistentalloc", persistentalloc);
leaf_entry!("runtime.roundupsize", roundupsize);
