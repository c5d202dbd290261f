//! Facts shared by the compiler and `rt`: layouts, constants, and the table of runtime entry points.
//!
//! No code here depends on the host; everything is `no_std` and compiles into both sides.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod alloc;
pub mod defer_frame;
pub mod entries;
pub mod frame_map;
pub mod functab;
pub mod g;
pub mod m;
pub mod panic;
pub mod rt_names;
pub mod size_class;
pub mod stack_segment;
pub mod types;
