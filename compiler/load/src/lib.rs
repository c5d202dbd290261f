//! Paths on a command line → `PackageGraph`: every package of the program, parsed, imports first.
//!
//! In: a `Config` (GOROOT, target, tags, overlay, module settings) and what the user named (files or packages).
//! Out: parsed files of every package reachable through imports, chosen by build constraints and by the overlay, with
//! each import path resolved to a `PackageId`; or the messages the go command would have printed.
//!
//! The work has two steps. *Discovery* reads files and scans only their headers (constraints, package clause, imports,
//! embed directives) to find the closure; *parsing* then turns all chosen files into syntax trees, in parallel. Nothing
//! is type-checked, no import is reported unused, and nothing is printed.

mod config;
mod graph;
pub mod goroot;
mod overlay;

pub use config::{Config, ModMode};
pub use graph::{Embeds, Failure, Package, PackageGraph, PackageId, SyntaxErrors};
pub use overlay::{Overlay, OverlayError};
