//! Numbers of types declared in functions.
//!
//! Link strings tell such types apart by a number that programs can see (in the type arguments of `reflect`'s type names). It is gc's: the
//! defined types in the functions of a package are counted in the order of the source.

use std::collections::HashMap;

use rgo_load::PackageId;
use rgo_source::Pos;
use rgo_syntax::ast::{self, walk};

use crate::program::Program;
use crate::ty::NamedId;

/// By the position of the declared name.
pub(crate) type LocalTypeNumbers = HashMap<Pos, u32>;

struct Counter(LocalTypeNumbers);

impl walk::Visitor for Counter {
    fn stmt(&mut self, stmt: &ast::Stmt) -> bool {
        if let ast::StmtKind::Decl(decl) = &stmt.kind
            && let ast::Specs::Type(specs) = &decl.specs
        {
            for spec in specs.iter().filter(|spec| !spec.alias) {
                let number = self.0.len() as u32 + 1;
                self.0.insert(spec.name.pos, number);
            }
        }
        true
    }
}

impl Program<'_> {
    /// The number of a type declared in a function.
    pub(crate) fn local_type_number(&mut self, id: NamedId) -> u32 {
        let origin = self.named_origin(id);
        let obj = self.obj(self.named(origin).obj);
        let pos = obj.pos;
        let Some(pkg) = obj.pkg else { return 0 };
        let numbers = self.local_types.entry(pkg).or_insert_with(|| count(self.graph, pkg));
        numbers.get(&pos).copied().unwrap_or_default()
    }
}

fn count(graph: &rgo_load::PackageGraph, pkg: PackageId) -> LocalTypeNumbers {
    let mut counter = Counter(HashMap::new());
    for file in &graph.package(pkg).files {
        for decl in &file.decls {
            walk::decl(&mut counter, decl);
        }
    }
    counter.0
}
