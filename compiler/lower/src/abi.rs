//! Flattened signatures (see `docs/runtime-interface.md`, "Registers and calls").

use rgo_mir::{Signature, Type};
use rgo_types::TypeId;

use crate::Lowerer;

/// How a Go signature is called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Abi {
    pub sig: Signature,
    /// Receiver (if any) and parameters.
    pub params: Vec<TypeId>,
    pub results: Vec<TypeId>,
    /// For each result: whether it is returned through a pointer.
    pub memory_results: Vec<bool>,
}

impl Lowerer<'_, '_> {
    /// The convention of a function with these parameters (receiver first) and results.
    pub(crate) fn abi(&mut self, params: &[TypeId], results: &[TypeId]) -> Abi {
        let mut sig = Signature::default();
        let mut memory_results = Vec::with_capacity(results.len());
        for &t in results {
            let layout = self.layout(t);
            memory_results.push(layout.is_memory());
            if layout.is_memory() {
                sig.params.push(Type::Ptr);
            } else {
                sig.results.extend(layout.parts().iter().map(|p| p.ty));
            }
        }
        for &t in params {
            let layout = self.layout(t);
            if layout.is_memory() {
                sig.params.push(Type::Ptr);
            } else {
                sig.params.extend(layout.parts().iter().map(|p| p.ty));
            }
        }
        Abi { sig, params: params.to_vec(), results: results.to_vec(), memory_results }
    }
}
