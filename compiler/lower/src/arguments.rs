//! Arguments of calls: values of the parameter types in the order of evaluation, variadic ones packed into a slice, and what the callee needs kept
//! although it is passed as a number.

use rgo_mir::{ConvOp, Type, Value};
use rgo_syntax::ast::{Expr, ExprKind};
use rgo_types::TypeId;

use crate::call::CallKind;
use crate::func::FuncLower;
use crate::repr::Val;
use crate::shape::Shape;

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// Evaluates arguments to the parameter types (receiver excluded), packing variadic ones.
    pub fn arguments(
        &mut self,
        args: &'s [Expr],
        spread: bool,
        params: &[TypeId],
        variadic: bool,
    ) -> Vec<(TypeId, Val)> {
        // f(g()) with a g of several results.
        let mut values: Vec<(TypeId, Val)> = Vec::with_capacity(params.len());
        let fixed = if variadic && !spread { params.len() - 1 } else { params.len() };
        if let [only] = args
            && let Shape::Tuple(types) = &*self.shape_of(only)
            && types.len() != 1
        {
            let results = self.call(only.unparen());
            let sources: Vec<(TypeId, Val)> = types.iter().copied().zip(results).collect();
            for (&param, (from, value)) in params[..fixed].iter().zip(&sources) {
                let value = self.convert_assign(value.clone(), *from, param);
                values.push((param, value));
            }
            if variadic && !spread {
                let slice = *params.last().expect("a variadic parameter");
                let rest = sources[fixed..].to_vec();
                let packed = self.pack_variadic(slice, rest.len(), |this, i, elem| {
                    let (from, value) = rest[i].clone();
                    this.convert_assign(value, from, elem)
                });
                values.push((slice, packed));
            }
            return values;
        }
        let mut wanted: Vec<(&'s Expr, TypeId)> = args.iter().zip(params[..fixed].iter().copied()).collect();
        if variadic && !spread {
            let slice = *params.last().expect("a variadic parameter");
            let Shape::Slice(elem) = *self.shape(slice) else {
                panic!("variadic parameter that is no slice")
            };
            wanted.extend(args[fixed..].iter().map(|arg| (arg, elem)));
            let mut operands = self.operand_list(&wanted);
            let rest = operands.split_off(fixed);
            values.extend(params.iter().copied().zip(operands));
            let packed = self.pack_variadic(slice, rest.len(), |_, i, _| rest[i].clone());
            values.push((slice, packed));
        } else {
            let mut operands = self.operand_list(&wanted);
            // The callee may change what it was read from. (Several operands have copies already.)
            if let ([value], [(arg, t)]) = (&mut operands[..], &wanted[..])
                && !crate::order::is_fresh(arg)
            {
                *value = self.stable(*t, value.clone());
            }
            values.extend(params.iter().copied().zip(operands));
        }
        values
    }
    /// A uintptr as a pointer, which the collector follows.
    pub fn as_pointer(&mut self, value: &Val) -> Val {
        Val::one(self.conv(ConvOp::Bitcast, Type::Ptr, value.single()))
    }
    /// A slice of type `slice` with `n` elements; nil when there are none.
    fn pack_variadic(
        &mut self,
        slice: TypeId,
        n: usize,
        mut element: impl FnMut(&mut Self, usize, TypeId) -> Val,
    ) -> Val {
        if n == 0 {
            return self.zero(slice);
        }
        let shape = self.shape(slice);
        let Shape::Slice(elem) = *shape else { panic!("variadic parameter that is no slice") };
        let size = self.layout(elem).size;
        // Elements may contain calls: evaluate all before the array is filled.
        let values: Vec<Val> = (0..n)
            .map(|i| {
                let value = element(self, i, elem);
                self.stable(elem, value)
            })
            .collect();
        // Who takes `...uintptr` makes a system call: the array has to keep alive what its elements were converted from.
        let (values, stored) = match elem == TypeId::UINTPTR {
            true => (values.iter().map(|v| self.as_pointer(v)).collect(), TypeId::UNSAFE_POINTER),
            false => (values, elem),
        };
        let array = self.l.array_of(stored, n as u64);
        let base = self.new_object(array);
        for (i, value) in values.iter().enumerate() {
            let at = self.ptr_offset(base, i as i64 * size as i64);
            self.store(stored, at, 0, value, true);
        }
        let len = self.int(n as i64);
        Val::of(&[base, len, len])
    }

    /// What of `operands`, evaluated from `args`, a callee that takes pointers as numbers refers to.
    pub fn kept_operands(
        &mut self,
        kind: &CallKind,
        args: &'s [Expr],
        operands: &[(TypeId, Val)],
    ) -> Vec<Value> {
        if !matches!(kind, CallKind::Direct(id) if self.l.keeps_uintptrs.contains(id)) {
            return vec![];
        }
        let mut kept = Vec::new();
        for (i, (t, value)) in operands.iter().enumerate() {
            if *t == TypeId::UINTPTR && args.get(i).is_some_and(|arg| self.is_address(arg)) {
                kept.push(self.as_pointer(value).single());
            } else if matches!(*self.shape(*t), Shape::Slice(TypeId::UINTPTR)) {
                // An array of [`Self::pack_variadic`].
                kept.push(value.parts()[0]);
            }
        }
        kept
    }
    /// Whether `e` is `uintptr(p)` with `p` an unsafe.Pointer.
    fn is_address(&mut self, e: &'s Expr) -> bool {
        match &e.unparen().kind {
            ExprKind::Call { fun, args, .. } if self.is_type(fun) => {
                matches!(*self.shape_of(&args[0]), Shape::UnsafePointer)
            }
            _ => false,
        }
    }
}
