//! Declarations.

use std::sync::Arc;

use rgo_source::{Name, Pos, Span};

use super::{Body, Directive, Expr, Field, FuncType, Ident};

/// A top-level declaration.
#[derive(Clone, Debug)]
pub enum Decl {
    Gen(GenDecl),
    Func(Box<FuncDecl>),
}

/// An `import`, `const`, `var` or `type` declaration, at top level or in a function.
#[derive(Clone, Debug)]
pub struct GenDecl {
    /// The keyword.
    pub pos: Pos,
    pub span: Span,
    /// Whether the specs stand in parentheses.
    pub grouped: bool,
    pub specs: Specs,
}

/// The specs of a declaration.
#[derive(Clone, Debug)]
pub enum Specs {
    Import(Vec<ImportSpec>),
    Const(Vec<ConstSpec>),
    Var(Vec<VarSpec>),
    Type(Vec<TypeSpec>),
}

/// `name "path"`
#[derive(Clone, Debug)]
pub struct ImportSpec {
    pub pos: Pos,
    /// Local name, `_` or `.`, if given.
    pub name: Option<Ident>,
    /// The decoded path.
    pub path: Name,
    pub path_span: Span,
}

/// One line of a constant declaration.
#[derive(Clone, Debug)]
pub struct ConstSpec {
    /// The first name.
    pub pos: Pos,
    pub span: Span,
    pub names: Vec<Ident>,
    /// Type and values; those of an earlier line, shared, when this line has none. `None` only for a first line
    /// without values (the checker words that error).
    pub init: Option<Arc<ConstInit>>,
    /// Whether `init` comes from an earlier line; errors in it are then placed at the name.
    pub inherited: bool,
    /// The value of `iota`.
    pub iota: u32,
}

/// The type and the values of a constant declaration. A type without values is an error that the checker words.
#[derive(Clone, Debug)]
pub struct ConstInit {
    pub ty: Option<Expr>,
    pub values: Vec<Expr>,
}

/// `names T = values`
#[derive(Clone, Debug)]
pub struct VarSpec {
    /// The first name.
    pub pos: Pos,
    pub span: Span,
    pub names: Vec<Ident>,
    pub ty: Option<Expr>,
    pub values: Vec<Expr>,
    pub pragmas: Vec<Directive>,
}

/// `name[tparams] T` or `name[tparams] = T`
#[derive(Clone, Debug)]
pub struct TypeSpec {
    /// The name.
    pub pos: Pos,
    pub span: Span,
    pub name: Ident,
    pub tparams: Vec<Field>,
    pub alias: bool,
    pub ty: Expr,
    pub pragmas: Vec<Directive>,
}

/// A function or method declaration.
#[derive(Clone, Debug)]
pub struct FuncDecl {
    /// What follows the keyword `func`: the receiver's parenthesis or the name.
    pub pos: Pos,
    /// From the keyword on.
    pub span: Span,
    pub recv: Option<Field>,
    pub name: Ident,
    /// Type parameters; methods may have them too.
    pub tparams: Vec<Field>,
    pub sig: FuncType,
    /// `None`: declared here, defined elsewhere.
    pub body: Option<Body>,
    pub pragmas: Vec<Directive>,
}
