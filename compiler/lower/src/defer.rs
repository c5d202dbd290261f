//! Deferring functions: the `DeferFrame`, defer statements, and the two exits.
//!
//! Where each defer statement runs at most once (no loops, no `goto`, not too many), the calls are *open-coded*, as in gc: statement i stores its
//! closure to `calls[i]` of the frame and adds to the set `pending`, which only a panic reads. The frame is linked from g by the first statement
//! that runs. The ordinary exit knows the set from an SSA variable, so that most tests of it disappear, and makes the calls themselves, the
//! last first, which lets them be inlined:
//!
//! ```text
//! defer f(x)              calls[0] = closure of f(x); pending = {0}; frame.link = g.defer_frame; g.defer_frame = &frame
//! return                  g.defer_frame = link; f(x)
//! ```
//!
//! A call is taken off before it is made, as it is when a panic makes it. Before the last one the frame is unlinked: nothing that this call
//! does can end in this function any more.
//!
//! Otherwise each statement adds a record to a list (in the frame, if it runs once), and `runtime.deferreturn` makes the calls. So does
//! the exit of a recovered panic in either case: it knows nothing of the variables.

use rgo_abi::defer_frame::{defer, frame};
use rgo_abi::g;
use rgo_mir::{BinaryOp, Block, Callee, FuncKind, InstKind, IntCc, MemFlags, Type, Value, Var};
use rgo_syntax::ast::{self, ExprKind};

use crate::abi::Abi;
use crate::call::{CallKind, Prepared};
use crate::capture::Defers;
use crate::closure::Statement;
use crate::func::{FuncLower, Storage};
use crate::repr::Val;

/// The call of a statement in the set `pending`.
fn bit(index: usize) -> i64 {
    2 << index
}

/// Where the frame has the closure of a statement.
fn call_offset(index: usize) -> i32 {
    (frame::CALLS + index * frame::CALL_SIZE) as i32
}

/// Accesses to the frame and to g.
const KNOWN: MemFlags = MemFlags { nonnil: true, readonly: false, barrier: false };

/// The defer state of a deferring function.
#[derive(Debug)]
pub(crate) struct DeferState {
    /// Address of the `DeferFrame`.
    pub frame: Value,
    /// Where return statements lead: makes the deferred calls, then returns.
    pub returns: Block,
    /// Where a recovered panic continues: makes the calls that are left, then returns.
    handler: Block,
    /// `None`: the calls are records.
    open: Option<OpenCoded>,
}

/// State of open-coded calls.
#[derive(Debug)]
struct OpenCoded {
    /// The statements, in the order in which they run.
    sites: Vec<Site>,
    /// How many the frame has room for.
    room: usize,
    /// The frame's `pending` where no call has been made yet.
    pending: Var,
    /// The next outer frame, once this one is linked.
    link: Var,
}

/// How the ordinary exit makes the call of a statement.
#[derive(Debug)]
enum Site {
    /// Through the closure that a panic would call.
    Closure(Var),
    /// Without it: the scalars of the operands are in the variables.
    Direct(Box<Prepared>, Vec<Var>),
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    /// Makes the `DeferFrame`, and links it unless the first defer statement does.
    pub fn begin_defer(&mut self, defers: Defers) {
        self.b.func.flags.has_defer = true;
        let is_open = !defers.repeated && !self.captures.has_goto && defers.count <= frame::MAX_CALLS;
        let calls = if is_open { defers.count * frame::CALL_SIZE } else { 0 };
        let slot = self.b.slot((frame::CALLS + calls) as u32, self.l.target.word);
        let frame_addr = self.slot_addr(slot);
        let open = if is_open {
            let (pending, link) = (self.b.var(Type::I64), self.b.var(Type::Ptr));
            let (none, nil) = (self.int(frame::NO_CALLS as i64), self.nil());
            self.b.def_var(pending, none);
            self.b.def_var(link, nil);
            Some(OpenCoded { sites: Vec::new(), room: defers.count, pending, link })
        } else {
            let nil = self.nil();
            self.store_scalar(frame_addr, nil, frame::PENDING as i32, KNOWN);
            self.link_frame(frame_addr);
            None
        };
        for storage in self.results.storage.clone() {
            if let Storage::Cell(cell) = storage {
                let address = self.b.use_var(cell);
                self.results.cells.push((cell, address));
            }
        }
        let (returns, handler) = (self.b.block(), self.b.block());
        self.b.func.handler = Some(handler);
        self.defer = Some(DeferState { frame: frame_addr, returns, handler, open });
    }
    /// Fills in the frame and makes it the innermost; what was the innermost.
    fn link_frame(&mut self, frame_addr: Value) -> Value {
        let g_ptr = self.current_g();
        let link = self.load_scalar(Type::Ptr, g_ptr, g::DEFER_FRAME as i32, KNOWN);
        let fp = self.b.value(InstKind::FramePointer, Type::Ptr);
        let entry = self.b.value(InstKind::FuncAddr(self.b.func.id), Type::Ptr);
        for (value, offset) in [(link, frame::LINK), (fp, frame::FP), (entry, frame::FUNC_ENTRY)] {
            self.store_scalar(frame_addr, value, offset as i32, KNOWN);
        }
        self.store_scalar(g_ptr, frame_addr, g::DEFER_FRAME as i32, KNOWN);
        link
    }
    fn unlink_frame(&mut self, link: Value) {
        let g_ptr = self.current_g();
        self.store_scalar(g_ptr, link, g::DEFER_FRAME as i32, KNOWN);
    }

    pub fn defer_stmt(&mut self, call: &'s ast::Expr) {
        let is_literal = matches!(&call.unparen().kind,
            ExprKind::Call { fun, .. } if matches!(fun.unparen().kind, ExprKind::FuncLit(_)));
        let prepared = self.prepare_deferred(call);
        let direct = self.directly(&prepared, is_literal);
        let closure = self.thunk(prepared, Statement::Defer);
        let Some(state) = &self.defer else {
            return self.defer_from_range_body(closure);
        };
        let frame_addr = state.frame;
        let Some(open) = &state.open else {
            return self.add_record(frame_addr, closure);
        };
        let (index, room, pending, link) = (open.sites.len(), open.room, open.pending, open.link);
        assert!(index < room, "{}: a defer statement is lowered twice", self.symbol);
        self.store_scalar(frame_addr, closure, call_offset(index), KNOWN);
        let before = self.b.use_var(pending);
        let own = self.int(bit(index));
        let set = self.binary(BinaryOp::Or, before, own);
        self.store_scalar(frame_addr, set, frame::PENDING as i32, KNOWN);
        let none = self.int(frame::NO_CALLS as i64);
        let is_first = self.icmp(IntCc::Eq, before, none);
        self.when(is_first, |f| {
            // From here on the collector looks at the frame: the room of the others shall not keep what lay there before.
            let nil = f.nil();
            for other in (0..room).filter(|&other| other != index) {
                f.store_scalar(frame_addr, nil, call_offset(other), KNOWN);
            }
            let outer = f.link_frame(frame_addr);
            f.b.def_var(link, outer);
        });
        self.b.def_var(pending, set);
        let site = direct.unwrap_or_else(|| {
            let var = self.b.var(Type::Ptr);
            self.b.def_var(var, closure);
            Site::Closure(var)
        });
        if let Some(open) = self.defer.as_mut().and_then(|state| state.open.as_mut()) {
            open.sites.push(site);
        }
    }
    /// The call without a closure, if that makes no difference: it has no frame of a wrapper which a panic would show, and its operands are scalars.
    fn directly(&mut self, call: &Prepared, is_literal: bool) -> Option<Site> {
        let possible = match call.kind {
            CallKind::Direct(id) => self.l.module.funcs[id].kind == FuncKind::Go,
            CallKind::Interface { .. } => true,
            CallKind::Closure => is_literal,
            CallKind::Builtin(_) => false,
        };
        if !possible || !call.kept.is_empty() {
            return None;
        }
        let mut values = Vec::new();
        for (_, operand) in &call.operands {
            match operand {
                Val::Parts(parts) => values.extend(parts.iter().copied()),
                Val::Mem(_) => return None,
            }
        }
        let vars = values.into_iter().map(|value| {
            let ty = self.b.func.ty(value);
            let var = self.b.var(ty);
            self.b.def_var(var, value);
            var
        });
        Some(Site::Direct(Box::new(call.clone()), vars.collect()))
    }
    /// Adds a call to the list of the frame.
    fn add_record(&mut self, frame_addr: Value, closure: Value) {
        if self.loop_depth > 0 || self.captures.has_goto {
            self.call_runtime("deferprocHeap", &[frame_addr, closure], &[]);
            return;
        }
        let slot = self.b.slot(defer::SIZE as u32, self.l.target.word);
        let record = self.slot_addr(slot);
        let link = self.load_scalar(Type::Ptr, frame_addr, frame::PENDING as i32, KNOWN);
        self.store_scalar(record, link, defer::LINK as i32, KNOWN);
        self.store_scalar(record, closure, defer::FN as i32, KNOWN);
        self.store_scalar(frame_addr, record, frame::PENDING as i32, KNOWN);
    }

    /// The exits of a deferring function: make the calls, unlink, return the results. As in gc, the calls are made at the closing brace.
    pub fn end_defer(&mut self, rbrace: rgo_source::Pos) {
        let DeferState { frame: frame_addr, returns, handler, open } =
            self.defer.take().expect("a deferring function");
        self.at(rbrace);
        if self.b.has_preds(returns) {
            self.b.switch_to_sealed(returns);
            match open {
                Some(open) => self.make_open_calls(frame_addr, &open, rbrace),
                None => self.leave_calls_to_runtime(frame_addr),
            }
            self.return_variables();
        }
        self.b.switch_to_sealed(handler);
        // A panic may come here from anywhere: what the block's predecessors say of the cells is not all.
        for (cell, address) in self.results.cells.clone() {
            self.b.def_var(cell, address);
        }
        // The frame is the innermost. That g says so saves the other path from keeping its address.
        let g_ptr = self.current_g();
        let innermost = self.load_scalar(Type::Ptr, g_ptr, g::DEFER_FRAME as i32, KNOWN);
        self.leave_calls_to_runtime(innermost);
        self.return_variables();
    }
    /// The runtime makes the calls that are left, in either form.
    fn leave_calls_to_runtime(&mut self, frame_addr: Value) {
        self.call_runtime("deferreturn", &[frame_addr], &[]);
        let link = self.load_scalar(Type::Ptr, frame_addr, frame::LINK as i32, KNOWN);
        self.unlink_frame(link);
    }
    fn make_open_calls(&mut self, frame_addr: Value, open: &OpenCoded, rbrace: rgo_source::Pos) {
        if open.sites.is_empty() {
            return;
        }
        let pending = self.b.use_var(open.pending);
        let link = self.b.use_var(open.link);
        for (index, site) in open.sites.iter().enumerate().skip(1).rev() {
            let is_pending = self.has_bit(pending, index);
            self.when(is_pending, |f| {
                let others = f.int(bit(index) - 1);
                let left = f.binary(BinaryOp::And, pending, others);
                f.store_scalar(frame_addr, left, frame::PENDING as i32, KNOWN);
                f.make_open_call(site, rbrace);
            });
        }
        let none = self.int(frame::NO_CALLS as i64);
        let is_linked = self.icmp(IntCc::Ne, pending, none);
        self.when(is_linked, |f| {
            f.unlink_frame(link);
            let is_pending = f.has_bit(pending, 0);
            f.when(is_pending, |f| f.make_open_call(&open.sites[0], rbrace));
        });
    }
    fn has_bit(&mut self, set: Value, index: usize) -> Value {
        let (own, none) = (self.int(bit(index)), self.int(0));
        let masked = self.binary(BinaryOp::And, set, own);
        self.icmp(IntCc::Ne, masked, none)
    }
    fn make_open_call(&mut self, site: &Site, rbrace: rgo_source::Pos) {
        match site {
            Site::Closure(var) => {
                let closure = self.b.use_var(*var);
                self.emit_call(Callee::Closure(closure), &Abi::default(), None, &[]);
            }
            Site::Direct(call, vars) => {
                let mut vars = vars.iter();
                let mut call = Prepared { pos: rbrace, ..(**call).clone() };
                for (_, operand) in &mut call.operands {
                    if let Val::Parts(parts) = operand {
                        for (part, &var) in parts.iter_mut().zip(&mut vars) {
                            *part = self.b.use_var(var);
                        }
                    }
                }
                self.emit_prepared(&call);
            }
        }
    }
}
