//! Functions that stand for instances of generic functions: they call the instance that is shared by all type arguments
//! of the same shape.

use std::rc::Rc;

use rgo_source::Name;

use crate::tree::{At, Class, FuncId, Node, Op, Stage, VarId};
use crate::world::World;

impl World<'_, '_> {
    /// Makes the wrappers of the current package's instances that have none yet.
    pub fn instance_wrappers(&mut self) -> Vec<FuncId> {
        let all = (0..self.funcs.len()).map(|i| FuncId(i as u32));
        let named: Vec<FuncId> = all
            .filter(|&id| {
                let func = self.func(id);
                func.is_named_instance && func.has_body && func.pkg == self.package
            })
            .collect();
        named.into_iter().map(|id| self.instance_wrapper(id)).collect()
    }

    fn instance_wrapper(&mut self, shared: FuncId) -> FuncId {
        let func = self.func_mut(shared);
        func.is_named_instance = false;
        let (key, pkg, file, pos, variadic) =
            (func.key.clone().expect("instances are declared"), func.pkg, func.file, func.pos, func.variadic);
        let (params, results) = (func.params.clone(), func.results.clone());
        let name = self.instance_name(&key, false);
        let mut wrapper = self.blank_func(name, pkg, file, pos);
        wrapper.is_wrapper = true;
        wrapper.stage = Stage::Built;
        wrapper.variadic = variadic;
        wrapper.pragmas = self.func(shared).pragmas;
        let id = self.new_func(wrapper);
        let at = At::new(pos);
        let copy = |w: &mut Self, var: VarId| {
            let var = w.var(var).clone();
            let name = if var.name.as_str().is_empty() { Name::new("~p") } else { var.name };
            w.new_var(id, var.class, name, at, var.ty)
        };
        let params: Vec<VarId> = params.into_iter().map(|var| copy(self, var)).collect();
        let results: Vec<VarId> = results.into_iter().map(|var| copy(self, var)).collect();
        let types: Vec<_> = results.iter().map(|&var| self.var(var).ty).collect();
        let mut kids = vec![Node::new(Op::Func(shared), at, rgo_types::TypeId::INVALID, Vec::new())];
        kids.extend(params.iter().map(|&var| Node::var(var, at, self.var(var).ty)));
        let ty = types.first().copied().unwrap_or(rgo_types::TypeId::EMPTY_TUPLE);
        let call = Node::new(Op::Call { ddd: variadic }, at, ty, kids);
        let body = match types.len() {
            0 => call,
            1 => Node::stmt(Op::Return, at, vec![call]),
            _ => {
                let defn = self.new_defn();
                let mut assign = Node::stmt(Op::As2Func(defn), at, Vec::new());
                let mut temps = Vec::new();
                for (i, &ty) in types.iter().enumerate() {
                    let temp = self.new_var(id, Class::Local, Name::new(&format!(".autotmp_{i}")), at, ty);
                    self.vars[temp.index()].defn = defn;
                    assign.init.push(Node::stmt(Op::Dcl(temp), at, Vec::new()));
                    temps.push(Node::var(temp, at, ty));
                }
                assign.kids = vec![Node::list(temps.clone()), Node::list(vec![call])];
                temps[0].init.push(assign);
                Node::stmt(Op::Return, at, temps)
            }
        };
        let func = self.func_mut(id);
        func.params = params;
        func.results = results;
        func.body = Rc::new(vec![body]);
        id
    }
}
