//! The file and its declarations.

use std::sync::Arc;

use rgo_source::{Name, Pos};

use super::Converter;
use crate::ast::{
    Body, ConstInit, ConstSpec, Decl, Directive, Expr, Field as AstField, FuncDecl, FuncType, GenDecl, Ident,
    ImportSpec, Specs, TypeSpec, VarSpec,
};
use crate::cst::{Field, Kind};
use crate::literal;
use crate::parse::directive;
use crate::scan::next_token;

impl Converter<'_> {
    /// The package's name and the declarations of the file.
    pub(super) fn source_file(&mut self) -> (Ident, Vec<Decl>) {
        let mut package = None;
        let mut decls = Vec::new();
        self.children(|this, kind| match kind {
            Kind::PackageClause => this.children(|this, kind| {
                if kind == Kind::PackageIdentifier {
                    package = Some(this.ident());
                }
            }),
            Kind::FunctionDeclaration | Kind::MethodDeclaration => {
                let decl = this.nested(Self::func_decl);
                decls.push(Decl::Func(Box::new(decl)));
            }
            Kind::ImportDeclaration
            | Kind::ConstDeclaration
            | Kind::VarDeclaration
            | Kind::TypeDeclaration => {
                let decl = this.nested(|this| this.gen_decl(kind));
                decls.push(Decl::Gen(decl));
            }
            Kind::Newline | Kind::Semicolon | Kind::Nul | Kind::EmptyStatement => {}
            _ => this.unknown("declaration"),
        });
        let package =
            package.unwrap_or_else(|| Ident { id: self.fresh(), name: Name::new("_"), pos: self.start() });
        (package, decls)
    }

    fn pragmas(&self, pos: Pos) -> Vec<Directive> {
        let ranges = self.notes.checked.pragmas.get(&self.file.offset(pos));
        ranges.into_iter().flatten().map(|range| directive(self.file, range)).collect()
    }

    /// An `import`, `const`, `var` or `type` declaration.
    pub(super) fn gen_decl(&mut self, kind: Kind) -> GenDecl {
        let (pos, span) = (self.start(), self.span());
        let mut grouped = false;
        let specs = match kind {
            Kind::ImportDeclaration => {
                let mut specs = Vec::new();
                self.specs(&mut grouped, &mut |this, kind| {
                    if kind == Kind::ImportSpec {
                        specs.extend(this.import_spec());
                    }
                });
                Specs::Import(specs)
            }
            Kind::ConstDeclaration => {
                let mut specs = Vec::new();
                let mut last = None;
                self.specs(&mut grouped, &mut |this, kind| {
                    if kind == Kind::ConstSpec {
                        let iota = specs.len() as u32;
                        specs.push(this.const_spec(iota, &mut last));
                    }
                });
                Specs::Const(specs)
            }
            Kind::VarDeclaration => {
                let mut specs = Vec::new();
                self.specs(&mut grouped, &mut |this, kind| {
                    if kind == Kind::VarSpec {
                        specs.push(this.var_spec());
                    }
                });
                Specs::Var(specs)
            }
            _ => {
                let mut specs = Vec::new();
                self.specs(&mut grouped, &mut |this, kind| {
                    if matches!(kind, Kind::TypeSpec | Kind::TypeAlias) {
                        specs.push(this.type_spec(kind == Kind::TypeAlias));
                    }
                });
                Specs::Type(specs)
            }
        };
        GenDecl { pos, span, grouped, specs }
    }

    /// Visits the specs of a declaration, in parentheses or not, in a list node or not.
    fn specs(&mut self, grouped: &mut bool, visit: &mut dyn FnMut(&mut Self, Kind)) {
        self.children(|this, kind| match kind {
            Kind::LParen => *grouped = true,
            Kind::ImportSpecList | Kind::VarSpecList => this.specs(grouped, visit),
            _ => visit(this, kind),
        });
    }

    fn import_spec(&mut self) -> Option<ImportSpec> {
        let pos = self.start();
        let (mut name, mut path) = (None, None);
        self.each(|this, _, field| match field {
            Field::Name => name = Some(this.ident()),
            Field::Path => {
                let decoded = literal::unquote_string(&String::from_utf8_lossy(this.text()));
                let bytes = decoded.unwrap_or_default();
                path = Some((Name::new(&String::from_utf8_lossy(&bytes)), this.span()));
            }
            _ => {}
        });
        let (path, path_span) = path?;
        Some(ImportSpec { pos, name, path, path_span })
    }

    fn const_spec(&mut self, iota: u32, last: &mut Option<Arc<ConstInit>>) -> ConstSpec {
        let (pos, span) = (self.start(), self.span());
        let mut names = Vec::new();
        let (mut ty, mut values) = (None, Vec::new());
        self.each(|this, kind, field| match field {
            Field::Name if kind == Kind::Identifier => names.push(this.ident()),
            Field::Type => ty = Some(this.ty()),
            Field::Value => values = this.expr_list(),
            _ => {}
        });
        if self.notes.checked.valueless_consts.contains(&self.file.offset(pos)) {
            values.clear();
        }
        let inherited = ty.is_none() && values.is_empty();
        if !inherited {
            *last = Some(Arc::new(ConstInit { ty, values }));
        }
        ConstSpec { pos, span, names, init: last.clone(), inherited, iota }
    }

    fn var_spec(&mut self) -> VarSpec {
        let (pos, span) = (self.start(), self.span());
        let mut names = Vec::new();
        let (mut ty, mut values) = (None, Vec::new());
        self.each(|this, kind, field| match field {
            Field::Name if kind == Kind::Identifier => names.push(this.ident()),
            Field::Type => ty = Some(this.ty()),
            Field::Value => values = this.expr_list(),
            _ => {}
        });
        VarSpec { pos, span, names, ty, values, pragmas: self.pragmas(pos) }
    }

    fn type_spec(&mut self, alias: bool) -> TypeSpec {
        let (pos, span) = (self.start(), self.span());
        let mut name = None;
        let mut tparams = Vec::new();
        let mut ty = None;
        self.each(|this, _, field| match field {
            Field::Name => name = Some(this.ident()),
            Field::TypeParameters => tparams = this.type_params(),
            Field::Type => ty = Some(this.ty()),
            _ => {}
        });
        let name = self.named(name);
        let ty = ty.unwrap_or_else(|| self.bad());
        TypeSpec { pos, span, name, tparams, alias, ty, pragmas: self.pragmas(pos) }
    }

    fn named(&mut self, name: Option<Ident>) -> Ident {
        name.unwrap_or_else(|| Ident { id: self.fresh(), name: Name::new("_"), pos: self.start() })
    }

    fn func_decl(&mut self) -> FuncDecl {
        let span = self.span();
        let mut recv: Option<AstField> = None;
        let mut name: Option<Ident> = None;
        let mut tparams = Vec::new();
        let mut sig: Option<FuncType> = None;
        let mut body: Option<Body> = None;
        let (mut pos, mut bracket) = (None, None);
        self.each(|this, _, field| match field {
            Field::Receiver => {
                pos = Some(this.start());
                recv = this.params().into_iter().next();
            }
            Field::Name => {
                let ident = this.ident();
                pos.get_or_insert(ident.pos);
                name = Some(ident);
                // A method's type parameters were parsed apart; blanks stand in their place.
                let notes = this.notes;
                let next = || next_token(&this.file.text, this.offsets().1);
                if recv.is_some()
                    && !notes.pieces.is_empty()
                    && let next = next()
                    && let Some(piece) = notes.pieces.get(&next)
                {
                    bracket = Some(this.file.pos(next));
                    tparams = this.in_piece(piece, Self::piece_type_params);
                }
            }
            Field::TypeParameters => {
                bracket = Some(this.start());
                tparams = this.type_params();
            }
            Field::Parameters => this.signature_part(&mut sig, field),
            Field::Result => this.signature_part(&mut sig, field),
            Field::Body => body = Some(this.body()),
            _ => {}
        });
        let name = self.named(name);
        let pos = pos.unwrap_or(span.start);
        let mut sig = sig.unwrap_or_else(|| FuncType { pos, span, params: Vec::new(), results: Vec::new() });
        sig.pos = bracket.unwrap_or(sig.pos);
        FuncDecl { pos, span, recv, name, tparams, sig, body, pragmas: self.pragmas(pos) }
    }

    /// A function's body, or where to find it later.
    fn body(&mut self) -> Body {
        let (start, end) = self.offsets();
        match self.later {
            Some(later) if later.has_body(&(start..end)) => Body::later(Arc::clone(later), start..end),
            _ => Body::from(self.block()),
        }
    }

    /// The type parameters of a piece `func _[...]()`.
    fn piece_type_params(&mut self) -> Vec<AstField> {
        let mut tparams = Vec::new();
        self.children(|this, _| {
            this.each(|this, _, field| {
                if field == Field::TypeParameters {
                    tparams = this.type_params();
                }
            });
        });
        tparams
    }

    /// The type of a piece `type _ ...`, or the value of a piece `var _ = ...`.
    pub(super) fn piece_operand(&mut self) -> Option<Expr> {
        let mut operand = None;
        self.children(|this, _| {
            this.specs(&mut false, &mut |this, _| {
                this.each(|this, _, field| match field {
                    Field::Type => operand = Some(this.ty()),
                    Field::Value => operand = this.expr_list().pop(),
                    _ => {}
                });
            });
        });
        operand
    }
}
