//! What threads share memory through: atomics and cells.
//!
//! Rooms whose threads meet outside a lock take these from here, because `models/` compiles the same rooms against loom's, which run a
//! room in every order of its threads' steps and with every value that a load may see. Here they are core's, and cost nothing.
//!
//! Three things differ there, hence the macros: constructors are not `const`, arrays are not filled with constants, and a static
//! begins anew with every execution.

pub(crate) use core::cell::{Cell, UnsafeCell};
pub(crate) use core::hint::spin_loop;
pub(crate) use core::sync::atomic::{
    AtomicBool, AtomicI64, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};

/// A function that is `const` except under loom.
#[macro_export]
macro_rules! const_fn {
    ($(#[$attr:meta])* $vis:vis fn $($rest:tt)*) => {
        $(#[$attr])* $vis const fn $($rest)*
    };
}

/// A static that threads share.
#[macro_export]
macro_rules! shared_static {
    ($($(#[$attr:meta])* $vis:vis static $name:ident: $type:ty = $value:expr;)*) => {
        $($(#[$attr])* $vis static $name: $type = $value;)*
    };
}

/// `[value; N]` for a value that is made anew for each place.
#[macro_export]
macro_rules! shared_array {
    ($value:expr; $n:expr) => {
        [const { $value }; $n]
    };
}

/// A word that is written under a lock and also looked at without it: `get` promises nothing about other memory.
macro_rules! glimpsed {
    ($name:ident, $atomic:ident, $value:ty) => {
        #[derive(Debug)]
        pub(crate) struct $name($atomic);

        impl $name {
            $crate::const_fn! {
                pub(crate) fn new(value: $value) -> Self {
                    $name($atomic::new(value))
                }
            }
            #[inline]
            pub(crate) fn get(&self) -> $value {
                self.0.load(Ordering::Relaxed)
            }
            #[inline]
            pub(crate) fn set(&self, value: $value) {
                self.0.store(value, Ordering::Relaxed);
            }
        }
    };
}
glimpsed!(GlimpsedU32, AtomicU32, u32);
glimpsed!(GlimpsedU64, AtomicU64, u64);
glimpsed!(GlimpsedI64, AtomicI64, i64);
