//! Channel operations and `select`.

use rgo_mir::{IntCc, MemFlags, Terminator, Type, Value};
use rgo_source::{Name, Pos};
use rgo_syntax::ast::{CommClause, Expr, ExprKind, Stmt, StmtKind, UnaryOp};
use rgo_types::TypeId;

use crate::func::{FuncLower, Target};
use crate::repr::Val;
use crate::shape::Shape;

/// A communication of a select statement, evaluated.
struct Case<'s> {
    chan: Value,
    elem: TypeId,
    /// Value to send, or room for what is received.
    buffer: Value,
    send: bool,
    clause: &'s CommClause,
}

impl<'s> FuncLower<'_, '_, 's, '_> {
    fn chan_elem(&mut self, t: TypeId) -> TypeId {
        match *self.shape(t) {
            Shape::Chan { elem, .. } => elem,
            _ => panic!("no channel type"),
        }
    }
    pub fn send_stmt(&mut self, pos: Pos, chan: &'s Expr, value: &'s Expr) {
        let t = self.type_of(chan);
        let elem = self.chan_elem(t);
        self.order_to(&[(chan, t), (value, elem)]);
        let chan = self.expr1(chan);
        let value = self.expr_to(value, elem);
        self.at(pos);
        let addr = self.spill(elem, &value);
        self.call_runtime("chansend1", &[chan, addr], &[]);
    }
    /// `<-x`: the value.
    pub fn receive_value(&mut self, e: &'s Expr, x: &'s Expr) -> Val {
        let (chan, elem, room) = self.receive_operands(e, x);
        self.call_runtime("chanrecv1", &[chan, room], &[]);
        self.load(elem, room, 0, true)
    }
    /// `<-x`: the value and whether it was sent.
    pub fn receive(&mut self, e: &'s Expr, x: &'s Expr) -> (Val, Value) {
        let (chan, elem, room) = self.receive_operands(e, x);
        let ok = self.call_runtime("chanrecv2", &[chan, room], &[Type::I8])[0];
        (self.load(elem, room, 0, true), ok)
    }
    /// Channel, element type, and a place for the element received.
    fn receive_operands(&mut self, e: &'s Expr, x: &'s Expr) -> (Value, TypeId, Value) {
        let t = self.type_of(x);
        let elem = self.chan_elem(t);
        let chan = self.expr1(x);
        self.at(e.pos);
        (chan, elem, self.temp(elem))
    }
    pub fn receive_discard(&mut self, x: &'s Expr) {
        let chan = self.expr1(x);
        let nil = self.nil();
        self.call_runtime("chanrecv1", &[chan, nil], &[]);
    }

    pub fn select_stmt(&mut self, pos: Pos, clauses: &'s [CommClause], label: Option<Name>) {
        if clauses.is_empty() {
            self.call_runtime("block", &[], &[]);
            self.b.terminate(Terminator::Unreachable);
            return;
        }
        let default = clauses.iter().find(|c| c.comm.is_none());
        // Channels and values are evaluated once, in source order.
        let mut cases: Vec<Case<'s>> = clauses.iter().filter_map(|clause| self.select_case(clause)).collect();
        self.at(pos);
        let done = self.b.block();
        self.targets.push(Target { label, break_to: done, continue_to: None, plain_break: true });
        if cases.is_empty() {
            self.select_body(default.expect("a clause"), done);
        } else {
            // selectgo wants the sends first.
            cases.sort_by_key(|case| !case.send);
            let (index, received) = self.select_go(&cases, default.is_some());
            for (i, case) in cases.iter().enumerate() {
                let (body, next) = (self.b.block(), self.b.block());
                let last = i + 1 == cases.len() && default.is_none();
                if last {
                    self.b.jump(body);
                } else {
                    let want = self.int(i as i64);
                    let hit = self.icmp(IntCc::Eq, index, want);
                    self.b.branch(hit, body, next);
                }
                self.b.switch_to_sealed(body);
                self.select_bind(case, received);
                self.select_body(case.clause, done);
                if !last {
                    self.b.switch_to_sealed(next);
                }
            }
            if let Some(default) = default {
                self.select_body(default, done);
            }
        }
        self.targets.pop();
        self.continue_in(done);
    }
    fn select_body(&mut self, clause: &'s CommClause, done: rgo_mir::Block) {
        self.block_stmts(&clause.body);
        if self.b.is_reachable() {
            self.b.jump(done);
        }
    }
    fn select_case(&mut self, clause: &'s CommClause) -> Option<Case<'s>> {
        let comm = clause.comm.as_deref()?;
        self.at(comm.pos);
        if let StmtKind::Send { chan, value } = &comm.kind {
            let t = self.type_of(chan);
            let elem = self.chan_elem(t);
            let chan = self.expr1(chan);
            let value = self.expr_to(value, elem);
            let buffer = self.temp(elem);
            self.store(elem, buffer, 0, &value, true);
            return Some(Case { chan, elem, buffer, send: true, clause });
        }
        let x = received_from(comm);
        let t = self.type_of(x);
        let elem = self.chan_elem(t);
        let chan = self.expr1(x);
        let buffer = self.temp(elem);
        Some(Case { chan, elem, buffer, send: false, clause })
    }
    /// Calls the runtime; the chosen case (below 0: default) and whether a value was received. A case without alternative is a plain
    /// operation.
    fn select_go(&mut self, cases: &[Case<'s>], has_default: bool) -> (Value, Value) {
        if let [case] = cases {
            // As in gc it happens where the communication stands.
            let comm = case.clause.comm.as_deref();
            self.at(comm.map_or(case.clause.pos, |comm| comm.pos));
        }
        if let ([case], false) = (cases, has_default) {
            let received = if case.send {
                self.call_runtime("chansend1", &[case.chan, case.buffer], &[]);
                self.bool_const(false)
            } else {
                self.call_runtime("chanrecv2", &[case.chan, case.buffer], &[Type::I8])[0]
            };
            return (self.int(0), received);
        }
        if let ([case], true) = (cases, has_default) {
            let (chosen, received) = if case.send {
                let chosen = self.call_runtime("selectnbsend", &[case.chan, case.buffer], &[Type::I8])[0];
                (chosen, chosen)
            } else {
                let both =
                    self.call_runtime("selectnbrecv", &[case.buffer, case.chan], &[Type::I8, Type::I8]);
                (both[0], both[1])
            };
            // 1 → case 0, 0 → default
            let wide = self.conv(rgo_mir::ConvOp::Zext, Type::I64, chosen);
            let one = self.int(1);
            return (self.binary(rgo_mir::BinaryOp::Isub, wide, one), received);
        }
        let word = self.l.target.word;
        let count = cases.len() as u32;
        let table = self.b.slot(count * 2 * word, word);
        let table = self.slot_addr(table);
        let flags = MemFlags { nonnil: true, ..MemFlags::default() };
        for (i, case) in cases.iter().enumerate() {
            let at = (i as u32 * 2 * word) as i32;
            self.store_scalar(table, case.chan, at, flags);
            self.store_scalar(table, case.buffer, at + word as i32, flags);
        }
        let order = self.b.slot(count * 4, 2);
        let order = self.slot_addr(order);
        let sends = cases.iter().filter(|c| c.send).count() as i64;
        let nil = self.nil();
        let (sends, receives) = (self.int(sends), self.int(cases.len() as i64 - sends));
        let block = self.bool_const(!has_default);
        let args = [table, order, nil, sends, receives, block];
        let results = self.call_runtime("selectgo", &args, &[Type::I64, Type::I8]);
        (results[0], results[1])
    }
    /// Assigns what a chosen receive got.
    fn select_bind(&mut self, case: &Case<'s>, received: Value) {
        let Some(Stmt { kind: StmtKind::Assign { define, lhs, .. }, pos, .. }) = case.clause.comm.as_deref()
        else {
            return;
        };
        self.at(*pos);
        let value = self.load(case.elem, case.buffer, 0, true);
        let values = vec![(case.elem, value), (TypeId::BOOL, Val::one(received))];
        let lhs: Vec<&'s Expr> = lhs.iter().collect();
        self.assign_values(&lhs, values, *define);
    }
}

/// The channel operand of a receive in a communication clause.
fn received_from(comm: &Stmt) -> &Expr {
    let e = match &comm.kind {
        StmtKind::Expr(e) => e,
        StmtKind::Assign { rhs, .. } => &rhs[0],
        other => panic!("communication {other:?}"),
    };
    match &e.unparen().kind {
        ExprKind::Unary { op: UnaryOp::Recv, x } => x,
        other => panic!("receive {other:?}"),
    }
}
