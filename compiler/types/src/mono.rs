//! Instantiations that never end, which static instantiation cannot compile.
//!
//! Vertices are type parameters, and defined types declared in generic functions. An instantiation makes edges to each
//! type parameter from those that its type argument mentions: of weight 0 if the argument is just that one, else 1. A
//! type declared in a generic function depends with weight 1 on the function's type parameters. A cycle of positive
//! weight is an error. Instantiation cycles always lie within one package.

use std::collections::HashMap;

use rgo_load::PackageId;
use rgo_source::Pos;
use rgo_syntax::ast::Expr;

use crate::object::ObjId;
use crate::program::Program;
use crate::ty::{NamedId, TypeId, TypeKind, TypeParamId};

struct Vertex {
    /// The defined type or type parameter.
    obj: ObjId,
    /// Weight of the heaviest path found that ends here, its last edge and its length.
    weight: usize,
    edge: usize,
    len: usize,
}

#[derive(Clone, Copy)]
struct Edge {
    dst: usize,
    src: usize,
    weight: usize,
    pos: Pos,
    ty: TypeId,
}

/// The graph for the package being checked whole.
#[derive(Default)]
pub(crate) struct MonoGraph {
    pkg: Option<PackageId>,
    vertices: Vec<Vertex>,
    edges: Vec<Edge>,
    /// Type parameters of receivers and of instantiated methods → those of the declaration.
    canon: HashMap<TypeParamId, TypeParamId>,
    index: HashMap<ObjId, Option<usize>>,
}

impl Program<'_> {
    /// Starts the graph of another package.
    pub(crate) fn mono_start(&mut self, pkg: PackageId) {
        self.mono = MonoGraph { pkg: Some(pkg), ..MonoGraph::default() };
    }

    /// Records that `own` stands for `declared`.
    pub(crate) fn mono_canon(&mut self, own: TypeParamId, declared: TypeParamId) {
        self.mono.canon.insert(own, declared);
    }

    /// Records an instantiation; `args` are the written type arguments.
    pub(crate) fn mono_instance(
        &mut self,
        pos: Pos,
        tparams: &[TypeParamId],
        targs: &[TypeId],
        args: &[Expr],
    ) {
        if self.mono.pkg.is_none() || self.mono.pkg != self.current_pkg {
            return;
        }
        for (i, (&tparam, &targ)) in tparams.iter().zip(targs).enumerate() {
            if self.obj(self.tparam(tparam).obj).pkg == self.mono.pkg {
                let pos = args.get(i).map_or(pos, Expr::start_pos);
                self.mono_flow(pos, tparam, targ, targ);
            }
        }
    }

    /// Adds edges for everything that `ty`, a part of `targ`, mentions.
    fn mono_flow(&mut self, pos: Pos, tparam: TypeParamId, targ: TypeId, ty: TypeId) {
        let ty = self.unalias(ty);
        let mut parts: Vec<TypeId> = Vec::new();
        let source = match self.kind(ty) {
            TypeKind::TypeParam(id) => Some(self.mono_type_param(id)),
            TypeKind::Named(id) => {
                parts.extend(self.named(id).targs.iter());
                self.mono_local_type(self.named_origin(id))
            }
            TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. }
            | TypeKind::Pointer(elem)
            | TypeKind::Slice(elem) => {
                parts.push(elem);
                None
            }
            TypeKind::Map { key, elem } => {
                parts.extend([key, elem]);
                None
            }
            TypeKind::Interface(id) => {
                for &method in self.type_set(id).methods.iter() {
                    parts.push(self.obj_type(method));
                }
                None
            }
            TypeKind::Signature(id) => {
                let (params, results) = (self.signature(id).params, self.signature(id).results);
                for &var in self.tuple(params).iter().chain(self.tuple(results).iter()) {
                    parts.push(self.obj_type(var));
                }
                None
            }
            TypeKind::Struct(id) => {
                for &field in self.struct_type(id).fields.clone().iter() {
                    parts.push(self.obj_type(field));
                }
                None
            }
            _ => None,
        };
        if let Some(src) = source {
            let targ_actual = self.unalias(targ);
            let dst = self.mono_type_param(tparam);
            let weight = usize::from(ty != targ_actual);
            self.mono.edges.push(Edge { dst, src, weight, pos, ty: targ });
        }
        for part in parts {
            self.mono_flow(pos, tparam, targ, part);
        }
    }

    fn mono_vertex(&mut self, obj: ObjId) -> usize {
        self.mono.vertices.push(Vertex { obj, weight: 0, edge: 0, len: 0 });
        self.mono.vertices.len() - 1
    }

    fn mono_type_param(&mut self, id: TypeParamId) -> usize {
        let id = self.mono.canon.get(&id).copied().unwrap_or(id);
        let obj = self.tparam(id).obj;
        if let Some(&Some(found)) = self.mono.index.get(&obj) {
            return found;
        }
        let vertex = self.mono_vertex(obj);
        self.mono.index.insert(obj, Some(vertex));
        vertex
    }

    /// The vertex of a type declared in a generic function.
    fn mono_local_type(&mut self, id: NamedId) -> Option<usize> {
        let obj = self.named(id).obj;
        let outer = self.named(id).outer_tparams.clone();
        if self.obj(obj).pkg != self.mono.pkg || outer.is_empty() {
            return None;
        }
        if let Some(&found) = self.mono.index.get(&obj) {
            return found;
        }
        let dst = self.mono_vertex(obj);
        self.mono.index.insert(obj, Some(dst));
        let pos = self.obj(obj).pos;
        for &tparam in outer.iter() {
            let src = self.mono_type_param(tparam);
            let ty = self.tparam_type(tparam);
            self.mono.edges.push(Edge { dst, src, weight: 1, pos, ty });
        }
        Some(dst)
    }

    /// Reports an instantiation cycle, if there is one.
    pub(crate) fn monomorph(&mut self) {
        // Bellman and Ford's algorithm for greatest weights, run until nothing changes or a path is as long as there
        // are vertices.
        let count = self.mono.vertices.len();
        let mut again = true;
        while again {
            again = false;
            for i in 0..self.mono.edges.len() {
                let Edge { dst, src, weight, .. } = self.mono.edges[i];
                let (weight, len) =
                    (self.mono.vertices[src].weight + weight, self.mono.vertices[src].len + 1);
                let vertex = &mut self.mono.vertices[dst];
                if weight <= vertex.weight {
                    continue;
                }
                vertex.edge = i;
                vertex.len = len;
                if len == count {
                    self.report_instance_cycle(dst);
                    return;
                }
                vertex.weight = weight;
                again = true;
            }
        }
    }

    fn report_instance_cycle(&mut self, end: usize) {
        let edge_to = |p: &Self, v: usize| p.mono.edges[p.mono.vertices[v].edge];
        let mut stack = Vec::new();
        let mut v = end;
        while !stack.contains(&v) {
            stack.push(v);
            v = edge_to(self, v).src;
        }
        let first = stack.iter().position(|&x| x == v).unwrap_or(0);
        let pos = self.obj(self.mono.vertices[v].obj).pos;
        let mut message = "instantiation cycle:".to_owned();
        for &v in &stack[first..] {
            let edge = edge_to(self, v);
            let obj = self.obj(self.mono.vertices[edge.dst].obj);
            let how = match obj.ty.map(|ty| self.kind(ty)) {
                Some(TypeKind::Named(_)) => "implicitly parameterized by",
                _ => "instantiated as",
            };
            let (at, text) = (self.pos_string(edge.pos), self.type_string(edge.ty));
            message.push_str(&format!("\n\t{at}: {} {how} {text}", obj.name));
        }
        self.report(pos, "InvalidInstanceCycle", message);
    }
}
