//! Roots: where marking starts. World stopped.

use rgo_abi::types::WORD;

use super::mark::Marker;
use super::special::Specials;
use crate::chan::sudog;
use crate::sched;

unsafe extern "C" {
    #[link_name = "runtime.data"]
    static DATA: u8;
    #[link_name = "runtime.edata"]
    static EDATA: u8;
    #[link_name = "runtime.bss"]
    static BSS: u8;
    #[link_name = "runtime.ebss"]
    static EBSS: u8;
}

/// Marks from all roots; returns the bytes looked at.
///
/// - the program's variables (the linker's `data` and `bss` ranges, conservatively);
/// - what the scheduler knows: goroutines' stacks and descriptors, timers, the g0 stack of the M that collects;
/// - what parked goroutines wait on;
/// - specials, and `extra`, single words of other rooms.
pub fn mark<const SHARED: bool>(marker: &mut Marker<SHARED>, specials: &Specials, extra: &[usize]) -> usize {
    let mut bytes = 0;
    let mut range = |lo: usize, hi: usize| {
        let (lo, hi) = (lo.next_multiple_of(WORD), hi & !(WORD - 1));
        if lo < hi {
            bytes += hi - lo;
            // SAFETY: the linker's sections and the scheduler's ranges are readable; the world is stopped.
            unsafe { marker.mark_range(lo, hi) };
        }
    };
    range(&raw const DATA as usize, &raw const EDATA as usize);
    range(&raw const BSS as usize, &raw const EBSS as usize);
    sched::for_each_root(range);
    sched::for_each_g(|g| sudog::for_each_of(g, |addr| marker.mark_conservative(addr)));
    specials.mark_roots(marker);
    extra.iter().for_each(|&word| marker.mark_conservative(word));
    bytes
}
