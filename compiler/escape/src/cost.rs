//! Which functions can be inlined: a cost for each body, counted in nodes.

use std::rc::Rc;

use rgo_types::TypeKind;

use crate::intrinsics::is_intrinsic;
use crate::tree::{Builtin, Conv, FuncId, Node, Op, Stage, Static};
use crate::world::World;

/// Cost up to which a function is inlined.
pub(crate) const BUDGET: i32 = 80;
/// What a call costs that is not inlined.
const CALL: i32 = 57;
/// Likewise with `-l=4`.
const CALL_AT_LEVEL_4: i32 = 1;
/// Likewise when the callee is a parameter: it may turn out to be known.
const PARAMETER_CALL: i32 = 17;
/// A closure that is called in one place may be this large.
pub(crate) const CALLED_ONCE: i32 = 10 * BUDGET;
/// Nodes from which on a function is big, and what may then be inlined into it.
const BIG_FUNCTION: i32 = 5000;
const BIG_FUNCTION_BUDGET: i32 = 20;

struct Visitor<'w, 'p, 'a> {
    w: &'w mut World<'p, 'a>,
    func: FuncId,
    is_big: bool,
    cost: i32,
}

impl World<'_, '_> {
    /// Decides whether the function can be inlined, and says so.
    pub fn decide_inlinability(&mut self, id: FuncId) {
        if self.func(id).stage != Stage::Built {
            return;
        }
        self.func_mut(id).stage = Stage::Costed;
        let body = Rc::clone(&self.func(id).body);
        self.func_mut(id).original = body;
        if !self.options.inline || self.func(id).name == "init" && self.func(id).key.is_none() {
            return;
        }
        let is_closure = self.func(id).parent.is_some();
        let budget = if is_closure { CALLED_ONCE } else { BUDGET };
        let verdict = match self.impossible(id) {
            Some(reason) => Err(reason.to_owned()),
            None => self.cost_of(id).and_then(|cost| {
                let too_much = || format!("function too complex: cost {cost} exceeds budget {budget}");
                if cost > budget { Err(too_much()) } else { Ok(cost) }
            }),
        };
        let (name, pos) = (self.diag_name(id), self.func(id).pos);
        let shown = self.is_shown(id);
        let at = crate::tree::At::new(pos);
        match verdict {
            Ok(cost) => {
                self.func_mut(id).inline_cost = Some(cost);
                if shown && self.options.level > 1 {
                    let text = self.function_text(id);
                    self.say(at, format!("can inline {name} with cost {cost} as: {text}"));
                } else if shown {
                    self.say(at, format!("can inline {name}"));
                }
            }
            Err(reason) if shown && self.options.level > 1 => {
                self.say(at, format!("cannot inline {name}: {reason}"));
            }
            Err(_) => {}
        }
    }

    /// Why the function cannot be inlined whatever its body is.
    fn impossible(&self, id: FuncId) -> Option<&'static str> {
        let func = self.func(id);
        let pragmas = func.pragmas;
        if pragmas.noinline {
            Some("marked go:noinline")
        } else if pragmas.norace && self.options.race {
            Some("marked go:norace with -race compilation")
        } else if pragmas.cgo_unsafe_args {
            Some("marked go:cgo_unsafe_args")
        } else if pragmas.uintptr_keep_alive {
            Some("marked as having a keep-alive uintptr argument")
        } else if pragmas.uintptr_escapes {
            Some("marked as having an escaping uintptr argument")
        } else if pragmas.yes_write_barrier_rec {
            Some("marked go:yeswritebarrierrec")
        } else if !func.has_body {
            Some("no function body")
        } else {
            None
        }
    }

    fn cost_of(&mut self, id: FuncId) -> Result<i32, String> {
        let body = Rc::clone(&self.func(id).body);
        let is_big = self.is_big(id);
        let mut visitor = Visitor { w: self, func: id, is_big, cost: 0 };
        for node in body.iter() {
            visitor.node(node)?;
        }
        Ok(visitor.cost)
    }

    fn call_cost(&self) -> i32 {
        if self.options.inline_more { CALL_AT_LEVEL_4 } else { CALL }
    }

    /// Whether so much is in the function already that only little may be inlined into it.
    pub fn is_big(&self, id: FuncId) -> bool {
        let mut left = BIG_FUNCTION;
        for node in self.func(id).original.iter().chain(if self.func(id).original.is_empty() {
            self.func(id).body.iter()
        } else {
            [].iter()
        }) {
            node.walk(&mut |node| {
                left -= 1;
                left += multi_value_credit(node);
            });
        }
        left <= 0
    }

    /// Whether a call of the callee in the caller is cheap enough.
    pub fn is_cheap_enough(&self, callee: FuncId, big_caller: bool, called_once: bool) -> bool {
        let Some(cost) = self.func(callee).inline_cost else { return false };
        let mut max = if big_caller { BIG_FUNCTION_BUDGET } else { BUDGET };
        if self.func(callee).parent.is_some() {
            max *= 2;
            if called_once {
                max = max.max(CALLED_ONCE);
            }
        }
        cost <= max
    }

    /// The function that a call in `caller` calls, if that is known and its body may be used there.
    pub fn inline_callee(&mut self, caller: FuncId, fun: &Node) -> Option<FuncId> {
        match self.resolve(self.value_of(fun)) {
            Static::Func(id) => Some(id),
            Static::Closure(id) => {
                let func = self.func(id);
                if !func.captures.is_empty() && func.parent != Some(caller) {
                    return None;
                }
                self.decide_inlinability(id);
                Some(id)
            }
            _ => None,
        }
    }

    /// The declared function that a call names, without looking through variables: package path and name.
    pub fn named_callee(&self, fun: &Node) -> Option<(&'static str, &str)> {
        let Op::Func(id) = fun.op else { return None };
        let func = self.func(id);
        Some((self.prog.package_path(func.pkg).as_str(), &func.name))
    }
}

/// What the temporaries of `a, b = f()` cost more than the statement should.
fn multi_value_credit(node: &Node) -> i32 {
    let (Op::As2(_), [lhs, rhs]) = (&node.op, &node.kids[..]) else { return 0 };
    let first = rhs.kids.first().map(|node| &node.init[..]);
    match first {
        Some([only]) if matches!(only.op, Op::As2Func(_) | Op::As2Ok(_)) => 4 * lhs.kids.len() as i32 + 1,
        _ => 0,
    }
}

impl Visitor<'_, '_, '_> {
    fn node(&mut self, node: &Node) -> Result<(), String> {
        let mut cost = 1;
        match &node.op {
            Op::Absent => return Ok(()),
            Op::List | Op::Block | Op::MethodExpr(_) | Op::Conv(Conv::Nop) => cost = 0,
            Op::Fall | Op::Type => return Ok(()),
            Op::MethodValue(..) | Op::SliceLit(_) | Op::Dcl(_) => cost = 2,
            Op::Case(Some(_)) | Op::TypeGuard(true) => cost = 2,
            Op::Call { .. } => cost += self.call(node)?,
            Op::CallInter { .. } => cost += self.w.call_cost(),
            Op::Builtin { which: Builtin::Panic, .. } => {
                let boxed = matches!(node.kids[0].op, Op::Conv(Conv::Iface)) && node.kids[0].implicit;
                cost = if boxed { 1 } else { 2 };
            }
            Op::Builtin { which: Builtin::Recover, .. } => return Err("call to recover".to_owned()),
            Op::Closure(_) => cost = 16,
            Op::Go => return Err("unhandled op GO".to_owned()),
            Op::Defer => return Err("unhandled op DEFER".to_owned()),
            Op::Addr => {
                // The address of a first field is that of the struct.
                let x = &node.kids[0];
                if let Op::Dot(field) | Op::DotPtr(field) = x.op
                    && matches!(x.kids[0].op, Op::Var(_) | Op::Global(_))
                    && self.is_first_field(x, field)
                {
                    cost = -1;
                }
            }
            Op::Deref => {
                let mut pointer = &node.kids[0];
                while matches!(pointer.op, Op::Conv(Conv::Nop)) {
                    pointer = &pointer.kids[0];
                }
                if matches!(pointer.op, Op::Addr) {
                    cost = 0;
                }
            }
            Op::As2(_) => cost -= multi_value_credit(node),
            Op::Slice { .. } => {
                let (x, lo, hi) = (&node.kids[0], &node.kids[1], &node.kids[2]);
                if matches!(&lo.op, Op::Literal(value) if value.as_i64() == Some(0)) {
                    cost -= 1;
                }
                if let Op::Builtin { which: Builtin::Len, .. } = hi.op {
                    match (&x.op, &hi.kids[0].op) {
                        (Op::Var(x), Op::Var(y)) if x == y => cost -= 2,
                        (Op::Global(x), Op::Global(y)) if x == y => cost -= 2,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        self.cost += cost;
        if self.cost > 20 * CALLED_ONCE {
            return Err("function too complex".to_owned());
        }
        for child in node.init.iter().chain(&node.kids) {
            stacker::maybe_grow(64 << 10, 2 << 20, || self.node(child))?;
        }
        Ok(())
    }

    fn is_first_field(&mut self, x: &Node, field: rgo_types::ObjId) -> bool {
        let ty = x.kids[0].ty;
        let ty = if matches!(x.op, Op::DotPtr(_)) { self.w.pointee(ty).unwrap_or(ty) } else { ty };
        let TypeKind::Struct(id) = self.w.under(ty) else { return false };
        let fields = self.w.prog.struct_type(id).fields.clone();
        let Some(at) = fields.iter().position(|&f| f == field) else { return false };
        fields[..at].iter().all(|&f| {
            let ty = self.w.field_type(f);
            self.w.size(ty) == 0
        })
    }

    /// What a call costs beyond its node and operands.
    fn call(&mut self, node: &Node) -> Result<i32, String> {
        let fun = &node.kids[0];
        let mut extra = self.w.call_cost();
        let mut dictionary = 0;
        if let Op::Func(id) | Op::MethodExpr(id) = fun.op
            && self.w.func(id).key.as_ref().is_some_and(|key| !key.targs.is_empty())
        {
            dictionary = 2;
        }
        if let Some((pkg, name)) = self.w.named_callee(fun) {
            match (pkg, name) {
                ("internal/abi", "NoEscape") => return Ok(dictionary),
                ("internal/abi", name) if name.starts_with("EscapeNonString[") => return Ok(dictionary),
                ("internal/runtime/sys", "GetCallerPC" | "GetCallerSP") => {
                    return Err(format!("call to {name}"));
                }
                ("runtime", "throw") => return Ok(BUDGET),
                ("internal/byteorder", name) if is_wide_access(name) => return Ok(dictionary),
                (pkg, name) if is_intrinsic(pkg, name) => return Ok(dictionary),
                _ => {}
            }
        }
        if let Op::MethodExpr(id) = fun.op
            && self.w.prog.package_path(self.w.func(id).pkg).as_str() == "encoding/binary"
        {
            let name = &self.w.func(id).name;
            let method = name.strip_prefix("littleEndian.").or_else(|| name.strip_prefix("bigEndian."));
            if method.is_some_and(|method| is_wide_access(&format!("LE{method}"))) {
                return Ok(dictionary);
            }
        }
        if let Op::Var(var) = fun.op {
            let var = self.w.var(var);
            if var.class == crate::tree::Class::Param || var.func != self.func {
                extra = extra.min(PARAMETER_CALL);
            }
        }
        if let Some(callee) = self.w.inline_callee(self.func, fun)
            && !node.pinned
            && let Some(cost) = self.w.func(callee).inline_cost
            && self.w.is_cheap_enough(callee, self.is_big, false)
        {
            return Ok(cost + dictionary);
        }
        Ok(extra + dictionary)
    }
}

/// Loads and stores of several bytes, which cost as much as one.
fn is_wide_access(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("LE").or_else(|| name.strip_prefix("BE")) else { return false };
    let rest = rest.strip_prefix("Put").or_else(|| rest.strip_prefix("Append")).unwrap_or(rest);
    matches!(rest, "Uint64" | "Uint32" | "Uint16")
}
