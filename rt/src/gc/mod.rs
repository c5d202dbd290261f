//! The collector: stop-the-world mark and sweep, non-moving; precise for heap objects, conservative for stacks,
//! registers and globals.
//!
//! `cycle` runs the phases: flush mcaches, mark `roots`, drain (`mark`, `work`, in large heaps by a `team`), settle finalizers, cleanups and weak handles
//! (`special`), `sweep`, set the next trigger (`pacer`), give memory back. `entry` binds the Go side, `stats` fills
//! MemStats. `check` and the stress switch find bugs, in the collector and in code that hides pointers from it.

#[cfg(not(test))]
pub(crate) mod cycle;
#[cfg(not(test))]
mod entry;
#[cfg(not(test))]
mod roots;
#[cfg(not(test))]
pub(crate) mod stats;
#[cfg(not(test))]
mod team;

pub(crate) mod check;
pub(crate) mod mark;
pub(crate) mod pacer;
pub(crate) mod settings;
pub(crate) mod special;
pub(crate) mod sweep;
pub(crate) mod work;

#[cfg(test)]
mod tests;
