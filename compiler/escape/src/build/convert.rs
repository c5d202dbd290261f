//! Conversions, explicit and of assignments, and lists of values.

use rgo_source::Pos;
use rgo_syntax::ast::{Expr, ExprKind};
use rgo_types::{BasicKind, TypeId, TypeKind};

use super::Builder;
use crate::tree::{At, Conv, Node, Op};

impl<'a> Builder<'_, '_, 'a> {
    /// The value of `e` as a `to`.
    pub fn expr_to(&mut self, e: &'a Expr, to: TypeId) -> Node {
        let x = self.expr(e);
        let was_implicit = x.implicit;
        let mut node = self.convert(x, to, None);
        if node.implicit && !was_implicit {
            // An explicit conversion inside is placed at its operand.
            node.at = At::new(e.unparen().pos);
        }
        node
    }

    /// `x` as a `to`; `explicit`: as `to(x)` at that place. An implicit conversion to the same type is none.
    pub fn convert(&mut self, mut x: Node, to: TypeId, explicit: Option<Pos>) -> Node {
        if !to.is_valid() {
            return x;
        }
        if explicit.is_none() && self.identical(x.ty, to) {
            return x;
        }
        if matches!(x.op, Op::Nil) {
            x.ty = to;
            if explicit.is_none() {
                return x;
            }
        }
        let (from_under, to_under) = (self.w.under(x.ty), self.w.under(to));
        let iface = matches!(to_under, TypeKind::Interface(_));
        if let Op::Literal(_) = x.op
            && let (TypeKind::Basic(from), TypeKind::Basic(kind)) = (from_under, to_under)
            && (from.is_string() == kind.is_string())
        {
            x.ty = to;
            return x;
        }
        if x.is_literal() && iface {
            x.ty = self.w.prog.default_type(x.ty);
        }
        let same = self.identical(x.ty, to);
        let conv =
            match (from_under, to_under) {
                _ if same => Conv::Nop,
                (_, TypeKind::Interface(_)) => Conv::Iface,
                (TypeKind::Basic(from), TypeKind::Basic(to)) => {
                    self.basic_conversion(from.normal(), to.normal())
                }
                (TypeKind::Basic(from), TypeKind::Slice(elem)) if from.is_string() => {
                    if self.w.size(elem) == 1 { Conv::StrToBytes } else { Conv::StrToRunes }
                }
                (TypeKind::Slice(elem), TypeKind::Basic(to)) if to.is_string() => {
                    if self.w.size(elem) == 1 {
                        Conv::BytesToStr
                    } else {
                        Conv::RunesToStr
                    }
                }
                (TypeKind::Slice(_), TypeKind::Array { .. }) => Conv::SliceToArray,
                (TypeKind::Slice(_), TypeKind::Pointer(_)) => Conv::SliceToArrayPtr,
                _ => Conv::Nop,
            };
        let at = explicit.map_or(x.at, At::new);
        let mut node = Node::new(Op::Conv(conv), at, to, vec![x]);
        node.implicit = explicit.is_none();
        node
    }

    fn basic_conversion(&self, from: BasicKind, to: BasicKind) -> Conv {
        if from == to || from.is_string() && to.is_string() {
            Conv::Nop
        } else if to.is_string() {
            Conv::RuneToStr
        } else if from == BasicKind::UnsafePointer || to == BasicKind::UnsafePointer {
            Conv::Nop
        } else {
            Conv::Value
        }
    }

    /// The types of an expression with several values.
    pub fn tuple_types(&mut self, e: &Expr) -> Option<Vec<TypeId>> {
        let ty = self.type_of(e);
        let TypeKind::Tuple(id) = self.w.prog.kind(ty) else { return None };
        let vars = self.w.prog.tuple(id);
        (vars.len() > 1).then(|| vars.iter().map(|&var| self.w.prog.obj_type(var)).collect())
    }

    /// The values of a list, each converted to what `wanted` says; several values of one expression go through
    /// temporaries, whose assignment comes with the first value.
    pub fn values(
        &mut self,
        pos: Pos,
        list: &'a [Expr],
        mut wanted: impl FnMut(&mut Self, usize) -> Option<TypeId>,
    ) -> Vec<Node> {
        if let [only] = list
            && let Some(types) = self.tuple_types(only)
        {
            let mut source = self.expr(only);
            let defn = self.w.new_defn();
            let op = match only.unparen().kind {
                ExprKind::Call { .. } => Op::As2Func(defn),
                _ => {
                    source.ty = types[0];
                    Op::As2Ok(defn)
                }
            };
            let (mut dcls, mut lhs, mut results) = (Vec::new(), Vec::new(), Vec::new());
            for (i, &ty) in types.iter().enumerate() {
                let temp = self.temp(pos, ty);
                self.w.vars[temp.index()].defn = defn;
                dcls.push(self.dcl(temp, pos));
                let node = Node::var(temp, At::new(pos), ty);
                lhs.push(node.clone());
                results.push(match wanted(self, i) {
                    Some(to) => self.convert(node, to, None),
                    None => node,
                });
            }
            let mut assign = Node::stmt(op, At::new(pos), vec![Node::list(lhs), Node::list(vec![source])]);
            assign.init = dcls;
            results[0].init.push(assign);
            return results;
        }
        let mut nodes = Vec::with_capacity(list.len());
        for (i, e) in list.iter().enumerate() {
            nodes.push(match wanted(self, i) {
                Some(to) => self.expr_to(e, to),
                None => {
                    let x = self.expr(e);
                    let to = self.w.prog.default_type(x.ty);
                    if x.is_literal() { self.convert(x, to, None) } else { x }
                }
            });
        }
        nodes
    }
}
