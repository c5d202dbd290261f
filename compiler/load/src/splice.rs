//! Overlay `decl` files: their top-level declarations take the place of those with the same name in std's files.
//!
//! In: the parsed files of one package. Out: the same files, the displaced declarations gone. A declaration that displaces
//! nothing is an error, because it means that std has changed under the overlay, unless the comment `//rgo:new` stands
//! right above it. Imports that only a displaced declaration used stay; nothing reports them for std.

use std::collections::BTreeSet;

use rgo_source::File;
use rgo_syntax::ast::{Decl, Expr, ExprKind, FuncDecl, GenDecl, Specs};

/// Top-level names of a displacing file: those that must displace something, and the new ones.
#[derive(Default, Debug)]
pub(crate) struct Displacing {
    pub names: BTreeSet<String>,
    pub new: BTreeSet<String>,
}

/// Collects what `decls` declare.
pub(crate) fn collect(decls: &[Decl], source: &File, into: &mut Displacing) {
    for decl in decls {
        let (start, names) = match decl {
            Decl::Func(func) => (func.span.start, func_name(func).into_iter().collect()),
            Decl::Gen(GenDecl { specs: Specs::Import(_), .. }) => continue,
            Decl::Gen(gen_decl) => (gen_decl.span.start, gen_names(gen_decl)),
        };
        let text = &source.text[..source.offset(start)];
        let mut comment = text.rsplit(|&b| b == b'\n').skip(1).take_while(|line| line.starts_with(b"//"));
        let is_new = comment.any(|line| line.trim_ascii_end() == b"//rgo:new");
        if is_new { &mut into.new } else { &mut into.names }.extend(names);
    }
}

/// Removes from `decls` what `names` displaces; what was found is added to `found`.
pub(crate) fn displace(decls: &mut Vec<Decl>, names: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    let mut gone = |name: &str| {
        let hit = names.contains(name);
        if hit {
            found.insert(name.to_owned());
        }
        hit
    };
    decls.retain_mut(|decl| match decl {
        Decl::Func(func) => func_name(func).is_none_or(|name| !gone(&name)),
        Decl::Gen(gen_decl) => {
            let before = spec_count(&gen_decl.specs);
            match &mut gen_decl.specs {
                Specs::Import(_) => {}
                // All names are asked, so that each counts as found; a spec goes as a whole.
                Specs::Const(specs) => {
                    specs.retain(|spec| spec.names.iter().filter(|n| gone(n.name.as_str())).count() == 0);
                }
                Specs::Var(specs) => {
                    specs.retain(|spec| spec.names.iter().filter(|n| gone(n.name.as_str())).count() == 0);
                }
                Specs::Type(specs) => specs.retain(|spec| !gone(spec.name.name.as_str())),
            }
            before == 0 || spec_count(&gen_decl.specs) > 0
        }
    });
}

/// `f`, or `T.m` for a method; `None` for `init` and `_`, which are never unique.
fn func_name(func: &FuncDecl) -> Option<String> {
    let name = func.name.name;
    match &func.recv {
        Some(recv) => Some(format!("{}.{name}", receiver_base(&recv.ty)?)),
        None if name == "init" || name.is_blank() => None,
        None => Some(name.to_string()),
    }
}

/// The type name in a receiver's type.
fn receiver_base(ty: &Expr) -> Option<String> {
    match &ty.kind {
        ExprKind::Ident(ident) => Some(ident.name.to_string()),
        ExprKind::Star(x) | ExprKind::Paren(x) | ExprKind::Index { x, .. } => receiver_base(x),
        _ => None,
    }
}

fn gen_names(decl: &GenDecl) -> Vec<String> {
    let names: Vec<_> = match &decl.specs {
        Specs::Import(_) => Vec::new(),
        Specs::Const(specs) => specs.iter().flat_map(|spec| spec.names.iter().map(|n| n.name)).collect(),
        Specs::Var(specs) => specs.iter().flat_map(|spec| spec.names.iter().map(|n| n.name)).collect(),
        Specs::Type(specs) => specs.iter().map(|spec| spec.name.name).collect(),
    };
    names.into_iter().filter(|name| !name.is_blank()).map(|name| name.to_string()).collect()
}

fn spec_count(specs: &Specs) -> usize {
    match specs {
        Specs::Import(specs) => specs.len(),
        Specs::Const(specs) => specs.len(),
        Specs::Var(specs) => specs.len(),
        Specs::Type(specs) => specs.len(),
    }
}
