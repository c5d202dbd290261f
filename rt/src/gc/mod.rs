//! The collector: concurrent mark and sweep, non-moving; precise for heap objects. Of stacks it takes the words that are live, of variables all,
//! and each of these may be a pointer or not.
//!
//! `cycle` runs the phases, and stops the world for them (`stop`). While the program runs, `worker` marks in slices: `roots`, `stacks` and `frames` say where to start, `mark` and `work` follow
//! the pointers, `barrier` keeps what the program changes from hiding objects (it states the invariant). `special` settles finalizers,
//! cleanups and weak handles, `sweep` frees, `pacer` says when. In a long pause a `team` of threads marks. `entry` binds the Go side,
//! `stats` fills MemStats, `diagnostics` prints gc's lines; `object_words` tells of one object which words the collector follows. `check` and
//! the stress switches find bugs, in the collector and in code that hides pointers from it.

#[cfg(not(test))]
pub(crate) mod barrier;
#[cfg(not(test))]
mod check_finalizers;
#[cfg(not(test))]
pub(crate) mod cycle;
#[cfg(not(test))]
mod diagnostics;
#[cfg(not(test))]
mod entry;
#[cfg(not(test))]
pub(crate) mod frames;
#[cfg(not(test))]
pub(crate) mod leaks;
#[cfg(not(test))]
pub(crate) mod object_words;
pub(crate) mod periodic;
#[cfg(not(test))]
pub(crate) mod roots;
#[cfg(not(test))]
pub(crate) mod stacks;
#[cfg(not(test))]
pub(crate) mod stats;
#[cfg(not(test))]
mod stop;
#[cfg(not(test))]
mod team;
#[cfg(not(test))]
pub(crate) mod worker;

pub(crate) mod bad_pointer;
pub(crate) mod check;
pub(crate) mod mark;
pub(crate) mod pacer;
pub(crate) mod settings;
pub(crate) mod special;
pub(crate) mod sweep;
pub(crate) mod work;

#[cfg(test)]
mod tests;
