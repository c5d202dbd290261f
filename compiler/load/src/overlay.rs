//! The overlay: rgo's own Go files that stand in for parts of the standard library (`rt/go`).

/// The overlay as read from `rt/go`.
#[derive(Debug, Default)]
pub struct Overlay {}

/// A mistake in the overlay's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayError(pub String);
