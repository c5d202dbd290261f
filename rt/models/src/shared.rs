//! rt's `shared`, made of loom's.
//!
//! loom takes a sequentially consistent access for an acquire or release one, so a fence follows each sequentially consistent write: as
//! x86 does it, and any mapping of C++'s rules at least. What a room orders by other means it gets no help with.
//!
//! A cell notices when two threads use it without one of them having to wait for the other: a data race.

use crate::steps;
use loom::sync::atomic as loom_atomic;
use std::panic::Location;

pub use loom::sync::atomic::{Ordering, fence};

/// Lets others run: what a thread spins for.
pub fn spin_loop() {
    loom::thread::yield_now();
}

fn after_write(order: Ordering) {
    if order == Ordering::SeqCst {
        loom_atomic::fence(Ordering::SeqCst);
    }
}

/// loom's failure order may not be stronger than acquire.
fn of_load(order: Ordering) -> Ordering {
    if order == Ordering::SeqCst { Ordering::Acquire } else { order }
}

macro_rules! atomic {
    ($name:ident $(<$t:ident>)?, $value:ty) => {
        #[derive(Debug)]
        pub struct $name $(<$t>)? (loom_atomic::$name $(<$t>)?);

        #[allow(dead_code)]
        impl $(<$t>)? $name $(<$t>)? {
            #[track_caller]
            pub fn new(value: $value) -> Self {
                $name(loom_atomic::$name::new(value))
            }
            #[track_caller]
            fn note(&self, what: impl FnOnce() -> String) {
                steps::note(Location::caller(), || format!("{:x} {}", self as *const Self as usize & 0xfffff, what()));
            }
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                let value = self.0.load(of_load(order));
                self.note(|| format!("load {value:?} {order:?}"));
                value
            }
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                self.0.store(value, order);
                self.note(|| format!("store {value:?} {order:?}"));
                after_write(order);
            }
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                let old = self.0.swap(value, order);
                self.note(|| format!("swap {old:?} -> {value:?} {order:?}"));
                after_write(order);
                old
            }
            #[track_caller]
            pub fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                order: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let result = self.0.compare_exchange(old, new, order, of_load(failure));
                self.note(|| format!("exchange {old:?} -> {new:?} {order:?}: {result:?}"));
                after_write(order);
                result
            }
        }
    };
}
atomic!(AtomicBool, bool);
atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);
atomic!(AtomicUsize, usize);
atomic!(AtomicI64, i64);
atomic!(AtomicPtr<T>, *mut T);

macro_rules! arithmetic {
    ($name:ident, $value:ty, $($operation:ident),*) => {
        impl $name {
            $(#[track_caller]
            pub fn $operation(&self, value: $value, order: Ordering) -> $value {
                let old = self.0.$operation(value, order);
                self.note(|| format!("{} {old:?}, {value:?} {order:?}", stringify!($operation)));
                after_write(order);
                old
            })*
            #[track_caller]
            pub fn fetch_update(
                &self,
                order: Ordering,
                failure: Ordering,
                f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let result = self.0.fetch_update(order, of_load(failure), f);
                self.note(|| format!("update {result:?} {order:?}"));
                after_write(order);
                result
            }
        }
    };
}
arithmetic!(AtomicU32, u32, fetch_add, fetch_sub, fetch_or, fetch_and);
arithmetic!(AtomicU64, u64, fetch_add, fetch_sub, fetch_or, fetch_and);
arithmetic!(AtomicUsize, usize, fetch_add, fetch_sub, fetch_or, fetch_and);
arithmetic!(AtomicI64, i64, fetch_add, fetch_sub, fetch_or, fetch_and);

/// A cell that one thread at a time may use.
#[derive(Debug)]
pub struct Cell<T>(loom::cell::UnsafeCell<T>);

impl<T> Cell<T> {
    #[track_caller]
    pub fn new(value: T) -> Self {
        Cell(loom::cell::UnsafeCell::new(value))
    }
    #[track_caller]
    pub fn set(&self, value: T) {
        self.replace(value);
    }
    #[track_caller]
    pub fn replace(&self, value: T) -> T {
        // SAFETY: loom panics if another thread could use the cell now.
        self.0.with_mut(|place| unsafe { std::mem::replace(&mut *place, value) })
    }
    #[track_caller]
    pub fn take(&self) -> T
    where
        T: Default,
    {
        self.replace(T::default())
    }
    #[track_caller]
    pub fn get(&self) -> T
    where
        T: Copy,
    {
        // SAFETY: as in `replace`.
        self.0.with(|place| unsafe { *place })
    }
}

/// A place of which one thread at a time may ask the address.
#[derive(Debug)]
pub struct UnsafeCell<T>(loom::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    #[track_caller]
    pub fn new(value: T) -> Self {
        UnsafeCell(loom::cell::UnsafeCell::new(value))
    }
    #[track_caller]
    pub fn get(&self) -> *mut T {
        self.0.with_mut(|place| place)
    }
}

#[macro_export]
macro_rules! const_fn {
    ($(#[$attr:meta])* $vis:vis fn $($rest:tt)*) => {
        $(#[$attr])* $vis fn $($rest)*
    };
}

#[macro_export]
macro_rules! shared_static {
    ($($(#[$attr:meta])* $vis:vis static $name:ident: $type:ty = $value:expr;)*) => {
        $(
            #[allow(non_camel_case_types)]
            $vis struct $name {
                private: (),
            }
            $(#[$attr])*
            $vis static $name: $name = $name { private: () };
            impl ::std::ops::Deref for $name {
                type Target = $type;
                fn deref(&self) -> &$type {
                    static VALUE: loom::lazy_static::Lazy<$type> =
                        loom::lazy_static::Lazy { init: || $value, _p: std::marker::PhantomData };
                    VALUE.get()
                }
            }
        )*
    };
}

#[macro_export]
macro_rules! shared_array {
    ($value:expr; $n:expr) => {
        ::std::array::from_fn::<_, { $n }, _>(|_| $value)
    };
}

/// A word that is written under a lock and also looked at without it: `get` promises nothing about other memory.
macro_rules! glimpsed {
    ($name:ident, $atomic:ident, $value:ty) => {
        #[derive(Debug)]
        pub struct $name($atomic);

        impl $name {
            #[track_caller]
            pub fn new(value: $value) -> Self {
                $name($atomic::new(value))
            }
            #[track_caller]
            pub fn get(&self) -> $value {
                self.0.load(Ordering::Relaxed)
            }
            #[track_caller]
            pub fn set(&self, value: $value) {
                self.0.store(value, Ordering::Relaxed);
            }
        }
    };
}
glimpsed!(GlimpsedU32, AtomicU32, u32);
glimpsed!(GlimpsedU64, AtomicU64, u64);
glimpsed!(GlimpsedI64, AtomicI64, i64);
