//! Expressions as gc prints them in messages: on one line, bodies and elements of literals abbreviated to `…`.

use rgo_syntax::ast::{ArrayLen, ChanDir, Expr, ExprKind, Field, FuncType, InterfaceElem};

/// `e` in short form.
pub(crate) fn expr_string(e: &Expr) -> String {
    let mut out = String::new();
    stacker_write(e, &mut out);
    out
}

fn stacker_write(e: &Expr, out: &mut String) {
    stacker::maybe_grow(64 << 10, 1 << 20, || write(e, out));
}

fn list(items: &[Expr], out: &mut String) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        stacker_write(item, out);
    }
}

fn write(e: &Expr, out: &mut String) {
    match &e.kind {
        ExprKind::Bad => out.push_str("<bad expr>"),
        ExprKind::Ident(ident) => out.push_str(ident.name.as_str()),
        ExprKind::BasicLit { text, .. } => out.push_str(text.as_str()),
        ExprKind::CompositeLit { ty, elems, .. } => {
            if let Some(ty) = ty {
                stacker_write(ty, out);
            }
            out.push_str(if elems.is_empty() { "{}" } else { "{…}" });
        }
        ExprKind::FuncLit(lit) => {
            out.push_str("func");
            signature(&lit.sig, out);
            out.push_str(if lit.body.stmts.is_empty() { " {}" } else { " {…}" });
        }
        ExprKind::Paren(x) => {
            out.push('(');
            stacker_write(x, out);
            out.push(')');
        }
        ExprKind::Selector { x, sel } => {
            stacker_write(x, out);
            out.push('.');
            out.push_str(sel.name.as_str());
        }
        ExprKind::Index { x, indices } => {
            stacker_write(x, out);
            out.push('[');
            list(indices, out);
            out.push(']');
        }
        ExprKind::Slice { x, lo, hi, max, .. } => {
            stacker_write(x, out);
            out.push('[');
            if let Some(lo) = lo {
                stacker_write(lo, out);
            }
            out.push(':');
            if let Some(hi) = hi {
                stacker_write(hi, out);
            }
            if let Some(max) = max {
                out.push(':');
                stacker_write(max, out);
            }
            out.push(']');
        }
        ExprKind::TypeAssert { x, ty } => {
            stacker_write(x, out);
            out.push_str(".(");
            match ty {
                Some(ty) => stacker_write(ty, out),
                None => out.push_str("type"),
            }
            out.push(')');
        }
        ExprKind::Call { fun, args, ellipsis, .. } => {
            stacker_write(fun, out);
            out.push('(');
            list(args, out);
            if ellipsis.is_some() {
                out.push_str("...");
            }
            out.push(')');
        }
        ExprKind::Star(x) => {
            out.push('*');
            stacker_write(x, out);
        }
        ExprKind::Unary { op, x } => {
            out.push_str(op.text());
            stacker_write(x, out);
        }
        ExprKind::Binary { op, x, y } => {
            stacker_write(x, out);
            out.push(' ');
            out.push_str(op.text());
            out.push(' ');
            stacker_write(y, out);
        }
        ExprKind::ArrayType { len, elem } => {
            out.push('[');
            match len {
                ArrayLen::Slice => {}
                ArrayLen::Ellipsis(_) => out.push_str("..."),
                ArrayLen::Len(len) => stacker_write(len, out),
            }
            out.push(']');
            stacker_write(elem, out);
        }
        ExprKind::StructType { fields, .. } => {
            out.push_str("struct{");
            for (i, field) in fields.iter().enumerate() {
                if i > 0 {
                    out.push_str("; ");
                }
                names(field, out);
                stacker_write(&field.ty, out);
                if let Some(tag) = &field.tag {
                    out.push(' ');
                    stacker_write(tag, out);
                }
            }
            out.push('}');
        }
        ExprKind::FuncType(sig) => {
            out.push_str("func");
            signature(sig, out);
        }
        ExprKind::InterfaceType { elems, .. } => {
            out.push_str("interface{");
            for (i, elem) in elems.iter().enumerate() {
                if i > 0 {
                    out.push_str("; ");
                }
                match elem {
                    InterfaceElem::Method { name, sig } => {
                        out.push_str(name.name.as_str());
                        signature(sig, out);
                    }
                    InterfaceElem::Embedded(ty) => stacker_write(ty, out),
                }
            }
            out.push('}');
        }
        ExprKind::MapType { key, value } => {
            out.push_str("map[");
            stacker_write(key, out);
            out.push(']');
            stacker_write(value, out);
        }
        ExprKind::ChanType { dir, elem } => {
            out.push_str(match dir {
                ChanDir::Both => "chan ",
                ChanDir::Send => "chan<- ",
                ChanDir::Recv => "<-chan ",
            });
            // `chan (<-chan T)` must not become `chan <-chan T`.
            let ambiguous =
                *dir == ChanDir::Both && matches!(elem.kind, ExprKind::ChanType { dir: ChanDir::Recv, .. });
            if ambiguous {
                out.push('(');
            }
            stacker_write(elem, out);
            if ambiguous {
                out.push(')');
            }
        }
        ExprKind::Ellipsis(elem) => {
            out.push_str("...");
            stacker_write(elem, out);
        }
    }
}

fn names(field: &Field, out: &mut String) {
    for (i, name) in field.names.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(name.name.as_str());
    }
    if !field.names.is_empty() {
        out.push(' ');
    }
}

fn params(fields: &[Field], out: &mut String) {
    out.push('(');
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        names(field, out);
        stacker_write(&field.ty, out);
    }
    out.push(')');
}

fn signature(sig: &FuncType, out: &mut String) {
    params(&sig.params, out);
    match sig.results.as_slice() {
        [] => {}
        [one] if one.names.is_empty() => {
            out.push(' ');
            stacker_write(&one.ty, out);
        }
        several => {
            out.push(' ');
            params(several, out);
        }
    }
}
