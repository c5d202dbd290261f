//! Sizes of segments.

/// Size of a goroutine's first segment, as long as nothing is known about the function it starts with.
pub(crate) const FIRST_SIZE: usize = 2048;
/// Size of the main goroutine's first segment. Only pages that are used cost memory.
pub(crate) const LARGE_FIRST_SIZE: usize = 256 << 10;
/// Size of a second segment, if the first was no larger.
pub(crate) const SECOND_SIZE: usize = 32 << 10;
