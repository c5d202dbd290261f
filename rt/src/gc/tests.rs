//! The heap and the collector together, on the host: objects of made-up types, explicit roots.

use std::boxed::Box;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::vec;
use std::vec::Vec;

use rgo_abi::types::{ArrayType, TFLAG_GC_MASK_ON_DEMAND, Type, WORD, kind};

use super::mark::Marker;
use super::special::{Call, SPECIALS};
use super::{check, sweep};
use crate::mem::malloc::{Zero, mallocgc};
use crate::mem::mcache::MCache;
use crate::mem::{arena, mheap};

pub(super) struct Heap {
    cache: Box<MCache>,
}

/// The heap is global: one test at a time.
pub(super) static HEAP: Mutex<Option<Heap>> = Mutex::new(None);

fn with_heap(test: impl FnOnce(&mut Heap)) {
    let mut guard = HEAP.lock().unwrap_or_else(|e| e.into_inner());
    let heap = guard.get_or_insert_with(|| {
        mheap::init();
        let mut cache = Box::new(MCache::NEW);
        cache.init();
        Heap { cache }
    });
    heap.collect(&[]);
    test(heap);
}

fn typ(words: usize, pointers: &[usize]) -> *const Type {
    let mut mask = vec![0u64; words.div_ceil(64).max(1)];
    for &p in pointers {
        mask[p / 64] |= 1 << (p % 64);
    }
    Box::leak(Box::new(Type {
        size: words * WORD,
        ptr_bytes: pointers.iter().max().map_or(0, |p| (p + 1) * WORD),
        hash: 0,
        tflag: 0,
        align: 8,
        field_align: 8,
        kind: kind::STRUCT,
        equal: std::ptr::null(),
        gc_data: mask.leak().as_ptr().cast(),
        str_off: 0,
        ptr_to_this: 0,
    }))
}

impl Heap {
    fn alloc(&mut self, size: usize, typ: *const Type) -> usize {
        // SAFETY: the types of these tests are descriptors.
        unsafe { mallocgc(&mut *self.cache, size, typ, Zero::Yes) as usize }
    }

    /// Collects with `roots` alive; returns the bytes marked.
    fn collect(&mut self, roots: &[usize]) -> usize {
        self.cache.flush();
        let mut marker = Marker::<false>::new();
        roots.iter().for_each(|&r| marker.mark_conservative(r));
        {
            let specials = SPECIALS.lock();
            (0..specials.groups()).for_each(|group| specials.mark_some(&mut marker, group));
        }
        marker.drain();
        assert_eq!(check::check(), None);
        sweep::begin();
        sweep::finish();
        marker.bytes_marked
    }
}

fn read(addr: usize) -> usize {
    // SAFETY: tests read words of live objects.
    unsafe { *(addr as *const usize) }
}

fn write(addr: usize, value: usize) {
    // SAFETY: tests write words of live objects.
    unsafe { *(addr as *mut usize) = value }
}

fn is_live(addr: usize) -> bool {
    let span = arena::view().span_of(addr);
    // SAFETY: live spans only, one thread.
    !span.is_null() && unsafe { (*span).is_allocated((*span).index_of(addr)) }
}

#[test]
fn random_graphs_survive_exactly() {
    with_heap(|heap| {
        // Sizes on both sides of each boundary: bitmap, header, large; single values and arrays.
        let types = [
            typ(1, &[0]),
            typ(2, &[1]),
            typ(3, &[0, 2]),
            typ(9, &[0, 8]),
            typ(64, &[0, 31, 63]),
            typ(65, &[1, 64]),
            typ(200, &[0, 130, 199]),
            typ(5000, &[7, 4321]),
            typ(40000, &[0, 16384, 39999]),
        ];
        let mut seed = 7u64;
        let mut rand = |n: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % n
        };
        // object -> pointer slots with what they hold
        let mut model: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for _ in 0..20 {
            let mut all: Vec<usize> = model.keys().copied().collect();
            for _ in 0..400 {
                let t = types[if rand(20) == 0 { rand(types.len()) } else { rand(6) }];
                // SAFETY: a descriptor made above.
                let (size, ptr_words) = unsafe { ((*t).size, (*t).ptr_bytes / WORD) };
                let n = if size < 1000 && rand(3) == 0 { 1 + rand(90) } else { 1 };
                let obj = heap.alloc(n * size, t);
                assert!((0..n * size / WORD).all(|w| read(obj + w * WORD) == 0), "not zeroed");
                let mut slots = Vec::new();
                for i in 0..n {
                    for w in 0..ptr_words {
                        // SAFETY: as above.
                        let is_pointer = unsafe { *(*t).gc_data.add(w / 8) } & (1 << (w % 8)) != 0;
                        let slot = obj + i * size + w * WORD;
                        if !is_pointer {
                            // Not a pointer to the collector, whatever it looks like.
                            write(slot, all.get(rand(all.len() + 1)).copied().unwrap_or(obj));
                        } else if !all.is_empty() && rand(4) != 0 {
                            let to = all[rand(all.len())];
                            write(slot, to);
                            slots.push((slot, to));
                        }
                    }
                }
                model.insert(obj, slots);
                all.push(obj);
                heap.alloc(1 + rand(40), std::ptr::null());
            }
            let roots: Vec<usize> = (0..10).map(|_| all[rand(all.len())]).collect();
            heap.collect(&roots);
            let mut live: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
            let mut todo = roots.clone();
            while let Some(obj) = todo.pop() {
                if let Some((_, slots)) = model.get_key_value(&obj)
                    && live.insert(obj, slots.clone()).is_none()
                {
                    todo.extend(slots.iter().map(|s| s.1));
                }
            }
            for (obj, slots) in &model {
                assert_eq!(is_live(*obj), live.contains_key(obj));
                if live.contains_key(obj) {
                    assert!(slots.iter().all(|&(slot, to)| read(slot) == to), "live object changed");
                }
            }
            model = live;
        }
        heap.collect(&[]);
        assert_eq!(mheap::counts().by_class.iter().map(|c| c.0 - c.1).sum::<u64>(), 0);
    });
}

#[test]
fn mask_on_demand() {
    with_heap(|heap| {
        let elem = typ(3, &[1]);
        let mut array = ArrayType {
            // SAFETY: a descriptor is plain data.
            typ: unsafe { std::ptr::read(typ(3 * 1000, &[2998])) },
            elem,
            slice: std::ptr::null(),
            len: 1000,
        };
        array.typ.kind = kind::ARRAY;
        array.typ.tflag = TFLAG_GC_MASK_ON_DEMAND;
        array.typ.gc_data = Box::leak(Box::new(0usize)) as *mut usize as *const u8;
        // SAFETY: as for the element.
        unsafe { (*(elem as *mut Type)).tflag = 0 };
        let array = Box::leak(Box::new(array));
        let obj = heap.alloc(array.typ.size, &array.typ);
        let targets: Vec<usize> = (0..1000).map(|_| heap.alloc(24, std::ptr::null())).collect();
        for (i, &t) in targets.iter().enumerate() {
            write(obj + i * 24 + 8, t);
        }
        heap.collect(&[obj + 5000]);
        assert!(targets.iter().all(|&t| is_live(t)));
        heap.collect(&[]);
        assert!(!is_live(obj) || !targets.iter().any(|&t| is_live(t)));
    });
}

#[test]
fn finalizers_cleanups_weak_handles() {
    with_heap(|heap| {
        let node = typ(2, &[0]);
        let closure = typ(2, &[]);
        let a = heap.alloc(16, node);
        let b = heap.alloc(16, node);
        write(a, b);
        let [fin_a, fin_b, clean_b] = [0; 3].map(|_| {
            let c = heap.alloc(16, closure);
            write(c, 1);
            c
        });
        let handle = heap.alloc(8, std::ptr::null());
        {
            let mut specials = SPECIALS.lock();
            assert!(specials.set_finalizer(a, fin_a) && !specials.set_finalizer(a, fin_a));
            assert!(specials.set_finalizer(b, fin_b));
            specials.add_cleanup(b, clean_b);
            let stopped = specials.add_cleanup(b, fin_a);
            specials.stop_cleanup(b, stopped);
            specials.set_weak_handle(b, handle);
        }
        // Reached: nothing happens.
        heap.collect(&[a, handle]);
        assert_eq!((SPECIALS.lock().fetch(true, false), read(handle)), (None, b));
        // a dies first, b is what a refers to.
        heap.collect(&[handle]);
        assert_eq!(
            SPECIALS.lock().fetch(true, false),
            Some(Call { closure: fin_a, object: a, is_finalizer: true })
        );
        assert_eq!((SPECIALS.lock().has_calls(true), read(handle)), (false, b));
        // a is kept while its finalizer may run, and b with it.
        heap.collect(&[handle]);
        assert!(is_live(a) && is_live(b) && !SPECIALS.lock().has_calls(true));
        assert!(SPECIALS.lock().is_busy());
        assert_eq!(SPECIALS.lock().fetch(true, true), None);
        assert!(!SPECIALS.lock().is_busy());
        heap.collect(&[handle]);
        assert_eq!(read(handle), 0, "cleared before the finalizer runs");
        assert_eq!(
            SPECIALS.lock().fetch(true, false),
            Some(Call { closure: fin_b, object: b, is_finalizer: true })
        );
        assert_eq!(SPECIALS.lock().fetch(true, true), None);
        assert!(!is_live(a));
        heap.collect(&[]);
        // A cleanup does not wait for finalizers.
        assert_eq!(SPECIALS.lock().fetch(true, false), None);
        assert_eq!(
            SPECIALS.lock().fetch(false, false),
            Some(Call { closure: clean_b, object: 0, is_finalizer: false })
        );
        assert_eq!(SPECIALS.lock().fetch(false, true), None);
        assert!(!is_live(b));
    });
}

#[test]
fn memory_is_reused_and_returned() {
    with_heap(|heap| {
        let before = arena::usable();
        let node = typ(4, &[0]);
        for _ in 0..30 {
            let mut list = 0;
            for _ in 0..20_000 {
                let n = heap.alloc(32, node);
                write(n, list);
                list = n;
            }
            let big = heap.alloc(3 << 20, std::ptr::null());
            write(big, 1);
            heap.collect(&[list]);
        }
        heap.collect(&[]);
        assert!(arena::usable() <= before.max(4 << 20) + (16 << 20), "heap grew to {}", arena::usable());
        let counts = mheap::counts();
        assert_eq!(counts.pages[0], counts.pages[1]);
        mheap::scavenge(0, usize::MAX);
        let counts = mheap::counts();
        assert_eq!(counts.pages[0], counts.pages[2]);
        let obj = heap.alloc(1 << 20, std::ptr::null());
        assert!((0..1 << 17).all(|w| read(obj + w * WORD) == 0));
    });
}
