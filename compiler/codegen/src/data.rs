//! Static data: `mir::Data` → `obj::DataObject`.

use rgo_mir::{DataKind, Module, RelocKind, RelocTarget};
use rgo_obj::{DataObject, Reloc, Section};

use crate::{CodegenError, SymbolTable};

/// All defined data, in order of `DataId`.
pub fn convert(module: &Module, symbols: &SymbolTable) -> Result<Vec<DataObject>, CodegenError> {
    let mut objects = Vec::with_capacity(module.data.len());
    for (id, data) in module.data.iter() {
        // Declared only: bound at link time, or never referenced.
        let Some(data) = data else { continue };
        let size = data.size.max(data.bytes.len() as u64);
        if data.relocs.iter().any(|r| u64::from(r.offset) + reloc_width(r.kind) > data.bytes.len() as u64) {
            return Err(CodegenError {
                func: data.name.clone(),
                message: "relocation outside of the contents".into(),
            });
        }
        let relocs = data
            .relocs
            .iter()
            .map(|r| Reloc {
                offset: r.offset,
                kind: match r.kind {
                    RelocKind::Abs => rgo_obj::RelocKind::Abs64,
                    RelocKind::TypeOff => rgo_obj::RelocKind::TypeOff,
                    RelocKind::TextOff => rgo_obj::RelocKind::TextOff,
                },
                target: match r.target {
                    RelocTarget::Func(func) => symbols.func(func),
                    RelocTarget::Data(data) => symbols.data(data),
                },
                addend: r.addend,
            })
            .collect();
        objects.push(DataObject {
            symbol: symbols.data(id),
            section: match data.kind {
                DataKind::RoData => Section::RoData,
                DataKind::TypeData => Section::TypeData,
                DataKind::Data => Section::Data,
                DataKind::NoPtrData => Section::NoPtrData,
                DataKind::Bss => Section::Bss,
                DataKind::NoPtrBss => Section::NoPtrBss,
            },
            align: data.align.max(1),
            bytes: data.bytes.clone(),
            size,
            relocs,
        });
    }
    Ok(objects)
}

fn reloc_width(kind: RelocKind) -> u64 {
    match kind {
        RelocKind::Abs => 8,
        RelocKind::TypeOff | RelocKind::TextOff => 4,
    }
}
