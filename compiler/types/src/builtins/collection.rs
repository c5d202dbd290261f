//! `append`, `clear`, `close`, `copy`, `delete`, `make`.

use crate::call::Call;
use crate::checker::Checker;
use crate::expr_string::expr_string;
use crate::operand::Operand;
use crate::ty::{ChanDir, TypeId, TypeKind};

impl<'a> Checker<'_, 'a> {
    /// The element type of a slice, or of all slices in a type set; the error says what is wrong.
    fn slice_elem(&mut self, x: &Operand<'a>) -> Result<TypeId, String> {
        let mut elem = None;
        let types: Vec<Option<TypeId>> = match self.typeset(x.ty) {
            Some(types) => types.into_iter().map(|(_, under)| Some(under)).collect(),
            None => vec![None],
        };
        for under in types {
            let Some(TypeKind::Slice(e)) = under.map(|under| self.kind(under)) else {
                if x.is_nil() {
                    return Err("argument must be a slice; have untyped nil".to_owned());
                }
                return Err(format!("argument must be a slice; have {}", self.operand_string(x)));
            };
            match elem {
                None => elem = Some(e),
                Some(first) if !self.identical(first, e) => {
                    let (a, b) = (self.ty_str(first), self.ty_str(e));
                    let text = self.operand_string(x);
                    return Err(format!("mismatched slice element types {a} and {b} in {text}"));
                }
                Some(_) => {}
            }
        }
        elem.ok_or_else(String::new)
    }

    /// Whether all types of the operand's type set are strings or byte slices, and whether a string is among them.
    fn bytes_or_string(&mut self, y: &Operand<'a>) -> (bool, bool) {
        let Some(types) = self.typeset(y.ty) else { return (false, false) };
        let mut has_string = false;
        for (_, under) in types {
            match self.kind(under) {
                TypeKind::Slice(elem) if self.identical(elem, TypeId::BYTE) => {}
                TypeKind::Basic(kind) if kind.is_string() => has_string = true,
                _ => return (false, has_string),
            }
        }
        (true, has_string)
    }

    pub(super) fn builtin_append(
        &mut self,
        x: &mut Operand<'a>,
        call: Call<'a>,
        args: &mut [Operand<'a>],
    ) -> bool {
        let elem = match self.slice_elem(x) {
            Ok(elem) => elem,
            Err(cause) => {
                self.error(x.pos(), "InvalidAppend", format!("invalid append: {cause}"));
                return false;
            }
        };
        let slice = x.ty;
        let mut sig = None;
        if args.len() == 2 && call.has_dots {
            // append(bytes, string...)
            let bytes = self.new_slice(TypeId::BYTE);
            if self.is_assignable(x, bytes) {
                let (fits, has_string) = self.bytes_or_string(&args[1]);
                if fits && has_string {
                    if self.is_untyped(args[1].ty) {
                        self.convert_untyped(&mut args[1], TypeId::STRING);
                    }
                    let param = args[1].ty;
                    sig = Some(self.make_sig(Some(slice), &[slice, param], true));
                }
            }
        }
        let sig = match sig {
            Some(sig) => sig,
            None => {
                let rest = self.new_slice(elem);
                let sig = self.make_sig(Some(slice), &[slice, rest], true);
                self.arguments(call, sig, Vec::new(), &[], args, Vec::new());
                sig
            }
        };
        self.record_builtin(call.fun, sig);
        x.set_value(slice);
        true
    }

    pub(super) fn builtin_clear(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        self.verify_version(call.fun.start_pos(), (1, 21), "clear");
        let ok = self.typeset(x.ty).is_some_and(|types| {
            types.into_iter().all(|(_, u)| matches!(self.kind(u), TypeKind::Map { .. } | TypeKind::Slice(_)))
        });
        if !ok {
            let after = ": argument must be (or constrained by) map or slice";
            return self.builtin_error(x, "InvalidClear", "invalid argument: cannot clear ", after);
        }
        let ty = x.ty;
        self.builtin_result(x, call, None, &[ty]);
        true
    }

    pub(super) fn builtin_close(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        let types = self.typeset(x.ty).unwrap_or_else(|| vec![(TypeId::INVALID, TypeId::INVALID)]);
        for (_, under) in types {
            let what = match self.kind(under) {
                TypeKind::Chan { dir: ChanDir::Recv, .. } => "receive-only channel",
                TypeKind::Chan { .. } => continue,
                _ => "non-channel",
            };
            let before = format!("invalid operation: cannot close {what} ");
            return self.builtin_error(x, "InvalidClose", &before, "");
        }
        let ty = x.ty;
        self.builtin_result(x, call, None, &[ty]);
        true
    }

    pub(super) fn builtin_copy(&mut self, x: &mut Operand<'a>, call: Call<'a>, y: &Operand<'a>) -> bool {
        let dst = match self.slice_elem(x) {
            Ok(elem) => elem,
            Err(cause) => {
                self.error(x.pos(), "InvalidCopy", format!("invalid copy: {cause}"));
                return false;
            }
        };
        let mut y = y.clone();
        let bytes = self.new_slice(TypeId::BYTE);
        if !(self.is_assignable(x, bytes) && self.bytes_or_string(&y).0) {
            let src = match self.slice_elem(&y) {
                Ok(elem) => elem,
                Err(_) if self.all_string(y.ty) => TypeId::BYTE,
                Err(cause) => {
                    self.error(y.pos(), "InvalidCopy", format!("invalid copy: {cause}"));
                    return false;
                }
            };
            if !self.identical(dst, src) {
                let (xs, ys) = (self.operand_string(x), self.operand_string(&y));
                let (a, b) = (self.ty_str(dst), self.ty_str(src));
                let message =
                    format!("invalid copy: arguments {xs} and {ys} have different element types {a} and {b}");
                self.error(x.pos(), "InvalidCopy", message);
                return false;
            }
        }
        if self.is_untyped(y.ty) {
            self.convert_untyped(&mut y, TypeId::STRING);
        }
        let params = [x.ty, y.ty];
        self.builtin_result(x, call, Some(TypeId::INT), &params);
        true
    }

    pub(super) fn builtin_delete(&mut self, x: &mut Operand<'a>, call: Call<'a>, arg: &Operand<'a>) -> bool {
        let map = x.ty;
        let mut key = None;
        let types = self.typeset(map).unwrap_or_else(|| vec![(TypeId::INVALID, TypeId::INVALID)]);
        for (_, under) in types {
            let TypeKind::Map { key: k, .. } = self.kind(under) else {
                return self.builtin_error(x, "InvalidDelete", "invalid argument: ", " is not a map");
            };
            if key.is_some_and(|key| !self.identical(key, k)) {
                let before = "invalid argument: maps of ";
                return self.builtin_error(x, "InvalidDelete", before, " must have identical key types");
            }
            key = Some(k);
        }
        let Some(key) = key else { return false };
        *x = arg.clone();
        self.assignment(x, Some(key), "argument to delete");
        if !x.is_valid() {
            return false;
        }
        self.builtin_result(x, call, None, &[map, key]);
        true
    }

    pub(super) fn builtin_make(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        let [arg0, sizes @ ..] = call.args else { return false };
        let ty = self.var_type(arg0);
        if !self.is_valid(ty) {
            return false;
        }
        let cause = match self.typeset(ty) {
            None => Err("no specific type".to_owned()),
            Some(types) => {
                let fits = types.iter().all(|&(_, u)| {
                    matches!(self.kind(u), TypeKind::Slice(_) | TypeKind::Map { .. } | TypeKind::Chan { .. })
                });
                match fits {
                    true => self.common_under(ty),
                    false => Err("type must be slice, map, or channel".to_owned()),
                }
            }
        };
        let under = match cause {
            Ok(under) => under,
            Err(cause) => {
                let message = format!("invalid argument: cannot make {}: {cause}", expr_string(arg0));
                self.error(arg0.start_pos(), "InvalidMake", message);
                return false;
            }
        };
        let min = if matches!(self.kind(under), TypeKind::Slice(_)) { 2 } else { 1 };
        let nargs = call.args.len();
        if nargs < min || nargs > min + 1 {
            let text = expr_string(call.e);
            let message =
                format!("invalid operation: {text} expects {min} or {} arguments; found {nargs}", min + 1);
            self.error(call.e.start_pos(), "WrongArgCount", message);
            return false;
        }
        let mut params = vec![ty];
        let mut values = Vec::new();
        for size in sizes {
            let (size_type, value) = self.index(size, None).unwrap_or((TypeId::INVALID, None));
            params.push(size_type);
            values.extend(value);
        }
        if let [len, cap] = values[..]
            && len > cap
        {
            let message = "invalid argument: length and capacity swapped";
            self.error(sizes[0].start_pos(), "SwappedMakeArgs", message);
        }
        self.builtin_result(x, call, Some(ty), &params);
        true
    }
}
