//! The tree as text, for `--dump=syntax` and tests: a line per node, children indented, positions as `line:column`.

use std::fmt::Write;

use rgo_source::{File as Source, Pos};

use crate::ast::{
    ArrayLen, Block, CaseClause, ConstSpec, Decl, Expr, ExprKind, Field, File, FuncDecl, FuncType, GenDecl,
    Ident, InterfaceElem, Specs, Stmt, StmtKind, TypeSpec, VarSpec,
};

/// The text form of `file`, whose text is `source`.
pub fn dump(file: &File, source: &Source) -> String {
    let mut dumper = Dumper { source, out: String::new(), level: 0 };
    dumper.line(file.package.pos, "package", file.package.name.as_str());
    for decl in &file.decls {
        match decl {
            Decl::Gen(decl) => dumper.gen_decl(decl),
            Decl::Func(decl) => dumper.func_decl(decl),
        }
    }
    dumper.out
}

struct Dumper<'a> {
    source: &'a Source,
    out: String,
    level: usize,
}

impl Dumper<'_> {
    fn line(&mut self, pos: Pos, label: &str, extra: &str) {
        let (line, col) = if pos.is_known() { self.source.line_col(pos) } else { (0, 0) };
        for _ in 0..self.level {
            self.out.push_str("  ");
        }
        let space = if extra.is_empty() { "" } else { " " };
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{label}{space}{extra} @{line}:{col}");
    }

    fn inside(&mut self, body: impl FnOnce(&mut Self)) {
        self.level += 1;
        stacker::maybe_grow(256 << 10, 4 << 20, || body(self));
        self.level -= 1;
    }

    fn gen_decl(&mut self, decl: &GenDecl) {
        match &decl.specs {
            Specs::Import(specs) => {
                for spec in specs {
                    let name = spec.name.map_or(String::new(), |name| format!("{} ", name.name));
                    self.line(spec.pos, "import", &format!("{name}{:?}", spec.path.as_str()));
                }
            }
            Specs::Const(specs) => specs.iter().for_each(|spec| self.const_spec(spec)),
            Specs::Var(specs) => specs.iter().for_each(|spec| self.var_spec(spec)),
            Specs::Type(specs) => specs.iter().for_each(|spec| self.type_spec(spec)),
        }
    }

    fn const_spec(&mut self, spec: &ConstSpec) {
        let inherited = if spec.inherited { " inherited" } else { "" };
        self.line(spec.pos, "const", &format!("{} iota={}{inherited}", names(&spec.names), spec.iota));
        if let (Some(init), false) = (&spec.init, spec.inherited) {
            self.inside(|this| {
                this.labeled_exprs("type", init.ty.as_slice());
                this.exprs(&init.values);
            });
        }
    }

    fn var_spec(&mut self, spec: &VarSpec) {
        self.line(spec.pos, "var", &names(&spec.names));
        self.inside(|this| {
            for pragma in &spec.pragmas {
                this.line(pragma.pos, "pragma", pragma.text.as_str());
            }
            this.labeled_exprs("type", spec.ty.as_slice());
            this.exprs(&spec.values);
        });
    }

    fn type_spec(&mut self, spec: &TypeSpec) {
        let alias = if spec.alias { " =" } else { "" };
        self.line(spec.pos, "type", &format!("{}{alias}", spec.name.name));
        self.inside(|this| {
            this.fields("tparam", &spec.tparams);
            this.expr(&spec.ty);
        });
    }

    fn func_decl(&mut self, decl: &FuncDecl) {
        self.line(decl.pos, "func", decl.name.name.as_str());
        self.inside(|this| {
            for pragma in &decl.pragmas {
                this.line(pragma.pos, "pragma", pragma.text.as_str());
            }
            this.fields("recv", decl.recv.as_slice());
            this.fields("tparam", &decl.tparams);
            this.signature(&decl.sig);
            if let Some(body) = &decl.body {
                this.block("body", body);
            }
        });
    }

    fn signature(&mut self, sig: &FuncType) {
        self.line(sig.pos, "sig", "");
        self.inside(|this| {
            this.fields("param", &sig.params);
            this.fields("result", &sig.results);
        });
    }

    fn fields(&mut self, label: &str, fields: &[Field]) {
        for field in fields {
            self.line(field.pos, label, &names(&field.names));
            self.inside(|this| {
                this.expr(&field.ty);
                this.labeled_exprs("tag", field.tag.as_slice());
            });
        }
    }

    fn labeled_exprs(&mut self, label: &str, exprs: &[Expr]) {
        for expr in exprs {
            self.line(expr.pos, label, "");
            self.inside(|this| this.expr(expr));
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    /// An optional part of a node; a line says when it is absent.
    fn part(&mut self, expr: Option<&Expr>) {
        match expr {
            Some(expr) => self.expr(expr),
            None => self.line(Pos::NONE, "-", ""),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let (label, extra) = describe(&expr.kind);
        self.line(expr.pos, label, &extra);
        self.inside(|this| this.parts(&expr.kind));
    }

    fn parts(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::Bad | ExprKind::Ident(_) | ExprKind::BasicLit { .. } => {}
            ExprKind::CompositeLit { ty, elems, rbrace } => {
                self.part(ty.as_deref());
                for elem in elems {
                    match &elem.key {
                        Some(key) => {
                            self.line(elem.colon, "KeyValue", "");
                            self.inside(|this| {
                                this.expr(key);
                                this.expr(&elem.value);
                            });
                        }
                        None => self.expr(&elem.value),
                    }
                }
                self.line(*rbrace, "rbrace", "");
            }
            ExprKind::FuncLit(lit) => {
                self.signature(&lit.sig);
                self.block("body", &lit.body);
            }
            ExprKind::Paren(x)
            | ExprKind::Selector { x, .. }
            | ExprKind::Star(x)
            | ExprKind::Ellipsis(x)
            | ExprKind::Unary { x, .. } => self.expr(x),
            ExprKind::Index { x, indices } => {
                self.expr(x);
                self.exprs(indices);
            }
            ExprKind::Slice { x, lo, hi, max, .. } => {
                self.expr(x);
                self.part(lo.as_deref());
                self.part(hi.as_deref());
                self.part(max.as_deref());
            }
            ExprKind::TypeAssert { x, ty } => {
                self.expr(x);
                self.part(ty.as_deref());
            }
            ExprKind::Call { fun, args, .. } => {
                self.expr(fun);
                self.exprs(args);
            }
            ExprKind::Binary { x, y, .. } => {
                self.expr(x);
                self.expr(y);
            }
            ExprKind::ArrayType { len, elem } => {
                if let ArrayLen::Len(len) = len {
                    self.expr(len);
                }
                self.expr(elem);
            }
            ExprKind::StructType { fields, .. } => self.fields("field", fields),
            ExprKind::FuncType(sig) => self.signature(sig),
            ExprKind::InterfaceType { elems, .. } => {
                for elem in elems {
                    match elem {
                        InterfaceElem::Method { name, sig } => {
                            self.line(name.pos, "method", name.name.as_str());
                            self.inside(|this| this.signature(sig));
                        }
                        InterfaceElem::Embedded(ty) => {
                            self.labeled_exprs("embedded", std::slice::from_ref(ty))
                        }
                    }
                }
            }
            ExprKind::MapType { key, value } => {
                self.expr(key);
                self.expr(value);
            }
            ExprKind::ChanType { elem, .. } => self.expr(elem),
        }
    }

    fn block(&mut self, label: &str, block: &Block) {
        self.line(block.pos, label, "");
        self.inside(|this| {
            this.stmts(&block.stmts);
            this.line(block.rbrace, "rbrace", "");
        });
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn opt_stmt(&mut self, label: &str, stmt: Option<&Stmt>) {
        if let Some(stmt) = stmt {
            self.line(stmt.pos, label, "");
            self.inside(|this| this.stmt(stmt));
        }
    }

    fn clauses(&mut self, clauses: &[CaseClause], rbrace: Pos) {
        for clause in clauses {
            let label = if clause.cases.is_some() { "case" } else { "default" };
            self.line(clause.pos, label, "");
            self.inside(|this| {
                this.exprs(clause.cases.as_deref().unwrap_or_default());
                this.line(clause.colon, "colon", "");
                this.stmts(&clause.body);
            });
        }
        self.line(rbrace, "rbrace", "");
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let pos = stmt.pos;
        match &stmt.kind {
            StmtKind::Decl(decl) => return self.gen_decl(decl),
            StmtKind::Block(block) => return self.block("Block", block),
            kind => {
                let (label, extra) = describe_stmt(kind);
                self.line(pos, label, &extra);
            }
        }
        self.inside(|this| this.stmt_parts(&stmt.kind));
    }

    fn stmt_parts(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::Bad
            | StmtKind::Empty
            | StmtKind::Branch { .. }
            | StmtKind::Decl(_)
            | StmtKind::Block(_) => {}
            StmtKind::Expr(x) | StmtKind::IncDec { x, .. } => self.expr(x),
            StmtKind::Go { call } | StmtKind::Defer { call } => self.expr(call),
            StmtKind::Send { chan, value } => {
                self.expr(chan);
                self.expr(value);
            }
            StmtKind::Assign { lhs, rhs, .. } => {
                self.exprs(lhs);
                self.exprs(rhs);
            }
            StmtKind::Return { results } => self.exprs(results),
            StmtKind::If(s) => {
                self.opt_stmt("init", s.init.as_ref());
                self.expr(&s.cond);
                self.block("then", &s.then);
                self.opt_stmt("else", s.els.as_ref());
            }
            StmtKind::Switch(s) => {
                self.opt_stmt("init", s.init.as_ref());
                self.part(s.tag.as_ref());
                self.clauses(&s.clauses, s.rbrace);
            }
            StmtKind::TypeSwitch(s) => {
                self.opt_stmt("init", s.init.as_ref());
                let bind = s.bind.map_or("", |bind| bind.name.as_str());
                self.line(s.guard_pos, "guard", bind);
                self.expr(&s.x);
                self.clauses(&s.clauses, s.rbrace);
            }
            StmtKind::Select { clauses, rbrace } => {
                for clause in clauses {
                    let label = if clause.comm.is_some() { "case" } else { "default" };
                    self.line(clause.pos, label, "");
                    self.inside(|this| {
                        this.opt_stmt("comm", clause.comm.as_deref());
                        this.line(clause.colon, "colon", "");
                        this.stmts(&clause.body);
                    });
                }
                self.line(*rbrace, "rbrace", "");
            }
            StmtKind::For(s) => {
                self.opt_stmt("init", s.init.as_ref());
                self.part(s.cond.as_ref());
                self.opt_stmt("post", s.post.as_ref());
                self.block("body", &s.body);
            }
            StmtKind::Range(s) => {
                self.exprs(s.key.as_slice());
                self.exprs(s.value.as_slice());
                self.exprs(&s.extra);
                self.line(s.range_pos, "range", if s.define { ":=" } else { "" });
                self.expr(&s.x);
                self.block("body", &s.body);
            }
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
        }
    }
}

fn names(names: &[Ident]) -> String {
    names.iter().map(|ident| ident.name.as_str()).collect::<Vec<_>>().join(",")
}

/// A node's label and what it says beyond its children.
fn describe(kind: &ExprKind) -> (&'static str, String) {
    let none = String::new();
    match kind {
        ExprKind::Bad => ("Bad", none),
        ExprKind::Ident(ident) => ("Name", ident.name.to_string()),
        ExprKind::BasicLit { kind, text } => ("Lit", format!("{kind:?} {:?}", text.as_str())),
        ExprKind::CompositeLit { .. } => ("CompositeLit", none),
        ExprKind::FuncLit(_) => ("FuncLit", none),
        ExprKind::Paren(_) => ("Paren", none),
        ExprKind::Selector { sel, .. } => ("Selector", sel.name.to_string()),
        ExprKind::Index { .. } => ("Index", none),
        ExprKind::Slice { full, .. } => ("Slice", if *full { "full".to_owned() } else { none }),
        ExprKind::TypeAssert { .. } => ("TypeAssert", none),
        ExprKind::Call { ellipsis, .. } => ("Call", if ellipsis.is_some() { "...".to_owned() } else { none }),
        ExprKind::Star(_) => ("Star", none),
        ExprKind::Unary { op, .. } => ("Unary", op.text().to_owned()),
        ExprKind::Binary { op, .. } => ("Binary", op.text().to_owned()),
        ExprKind::ArrayType { len, .. } => match len {
            ArrayLen::Slice => ("SliceType", none),
            ArrayLen::Ellipsis(_) => ("ArrayType", "...".to_owned()),
            ArrayLen::Len(_) => ("ArrayType", none),
        },
        ExprKind::StructType { .. } => ("StructType", none),
        ExprKind::FuncType(_) => ("FuncType", none),
        ExprKind::InterfaceType { .. } => ("InterfaceType", none),
        ExprKind::MapType { .. } => ("MapType", none),
        ExprKind::ChanType { dir, .. } => ("ChanType", format!("{dir:?}")),
        ExprKind::Ellipsis(_) => ("Ellipsis", none),
    }
}

fn describe_stmt(kind: &StmtKind) -> (&'static str, String) {
    let none = String::new();
    match kind {
        StmtKind::Bad => ("Bad", none),
        StmtKind::Empty => ("Empty", none),
        StmtKind::Block(_) => ("Block", none),
        StmtKind::Expr(_) => ("Expr", none),
        StmtKind::Send { .. } => ("Send", none),
        StmtKind::IncDec { inc, .. } => ("IncDec", if *inc { "++" } else { "--" }.to_owned()),
        StmtKind::Assign { op, define, lhs, .. } => {
            let op = op.map_or("", |op| op.text());
            let colon = if *define { ":" } else { "" };
            ("Assign", format!("{colon}{op}= {}", lhs.len()))
        }
        StmtKind::Go { .. } => ("Go", none),
        StmtKind::Defer { .. } => ("Defer", none),
        StmtKind::Return { .. } => ("Return", none),
        StmtKind::Branch { kind, label } => {
            let label = label.map_or(String::new(), |label| format!(" {}", label.name));
            ("Branch", format!("{}{label}", kind.text()))
        }
        StmtKind::If(_) => ("If", none),
        StmtKind::Switch(_) => ("Switch", none),
        StmtKind::TypeSwitch(_) => ("TypeSwitch", none),
        StmtKind::Select { .. } => ("Select", none),
        StmtKind::For(_) => ("For", none),
        StmtKind::Range(_) => ("Range", none),
        StmtKind::Labeled { label, .. } => ("Labeled", label.name.to_string()),
        StmtKind::Decl(_) => ("Decl", none),
    }
}
