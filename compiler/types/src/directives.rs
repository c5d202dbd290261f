//! `//go:` directives: which packages may use them, and what they may stand before (after gc's `noder`).

use std::collections::HashSet;

use rgo_load::PackageId;
use rgo_source::{Name, Pos};
use rgo_syntax::ast;

use crate::check::Linkname;
use crate::info::FileIdx;
use crate::object::{ObjId, ObjKind};
use crate::program::Program;

impl<'a> Program<'a> {
    /// The package's `linkname` directives in source order.
    pub fn linknames(&self, pkg: PackageId) -> Vec<Linkname> {
        let mut list = Vec::new();
        for file in self.package(pkg).files.clone().map(FileIdx) {
            for directive in &self.file(file).ast.directives {
                if !matches!(directive.verb(), "linkname" | "linknamestd") {
                    continue;
                }
                let mut words = directive.args().split_whitespace();
                if let Some(local) = words.next() {
                    let remote = words.next().map(Name::new);
                    list.push(Linkname { pos: directive.pos, file, local: Name::new(local), remote });
                }
            }
        }
        list
    }

    /// Complains about directives that only the standard library, or only generated code, may have. gc does so as it
    /// reads the file, whatever else is wrong.
    pub(crate) fn directive_rules(&mut self, pkg: PackageId) {
        if self.graph.package(pkg).is_std {
            return;
        }
        for file in self.package(pkg).files.clone().map(FileIdx) {
            let ast: &'a ast::File = self.file(file).ast;
            for directive in &ast.directives {
                for message in restricted(directive) {
                    self.report(directive.pos, "", message);
                }
            }
        }
    }

    /// What gc says about directives of a package that is correct otherwise.
    pub(crate) fn late_directive_rules(&mut self, pkg: PackageId) {
        for file in self.package(pkg).files.clone().map(FileIdx) {
            let ast: &'a ast::File = self.file(file).ast;
            let late: HashSet<Pos> = ast.late.iter().map(|error| error.pos).collect();
            self.diagnostics.extend_from_slice(&ast.late);
            for decl in &ast.decls {
                match decl {
                    ast::Decl::Func(func) => self.func_directives(func),
                    ast::Decl::Gen(ast::GenDecl { specs: ast::Specs::Var(specs), .. }) => {
                        specs.iter().for_each(|spec| self.embed_version(pkg, spec, &late));
                    }
                    ast::Decl::Gen(_) => {}
                }
            }
        }
        self.check_linknames(pkg);
        self.missing_bodies(pkg);
    }

    fn func_directives(&mut self, func: &ast::FuncDecl) {
        let has = |verb: &str| func.pragmas.iter().any(|directive| directive.verb() == verb);
        if has("systemstack") && has("nosplit") {
            self.report(func.pos, "", "go:nosplit and go:systemstack cannot be combined");
        }
        if func.body.is_some() && has("noescape") {
            self.report(func.pos, "", "can only use //go:noescape with external func implementations");
        }
    }

    /// `//go:embed` came with Go 1.16.
    fn embed_version(&mut self, pkg: PackageId, spec: &ast::VarSpec, late: &HashSet<Pos>) {
        let (major, minor) = self.graph.package(pkg).go_version;
        let embed = spec.pragmas.iter().find(|directive| directive.verb() == "embed");
        if let Some(embed) = embed.filter(|embed| (major, minor) < (1, 16) && !late.contains(&embed.pos)) {
            self.report(embed.pos, "", "go:embed requires go1.16 or later");
        }
    }

    fn check_linknames(&mut self, pkg: PackageId) {
        let mut seen: HashSet<ObjId> = HashSet::new();
        let must_exist = self.graph.package(pkg).go_version >= (1, 18);
        for linkname in self.linknames(pkg) {
            let directive = "//go:linkname";
            let remote = linkname.remote.map_or("", Name::as_str);
            let message = if remote.contains('[') && remote.contains(']') {
                format!("{directive} reference of an instantiation is not allowed")
            } else {
                match self.lookup_in_package(pkg, linkname.local) {
                    Some(obj) if matches!(self.obj(obj).kind, ObjKind::Func(_) | ObjKind::Var(_)) => {
                        if seen.insert(obj) {
                            continue;
                        }
                        format!("duplicate {directive} for {}", linkname.local)
                    }
                    _ if must_exist => format!("{directive} must refer to declared function or variable"),
                    _ => continue,
                }
            };
            self.report(linkname.pos, "", message);
        }
    }

    /// Functions without body need assembly or a linkname.
    fn missing_bodies(&mut self, pkg: PackageId) {
        if self.graph.package(pkg).allows_bodyless {
            return;
        }
        let linknames = self.linknames(pkg);
        for func in self.funcs(pkg) {
            let Some(source) = self.func_source(func) else { continue };
            let name = source.decl.name.name;
            let linked = source.decl.recv.is_none() && linknames.iter().any(|l| l.local == name);
            if source.decl.body.is_none() && !linked {
                self.report(source.decl.pos, "", "missing function body");
            }
        }
    }
}

/// What is wrong with a directive in a package that is not the standard library's.
fn restricted(directive: &ast::Directive) -> Vec<String> {
    let verb = directive.verb();
    let text = directive.text.as_str();
    let count = directive.args().split_whitespace().count();
    let mut messages = Vec::new();
    match verb {
        "wasmimport" if count != 2 && text.contains(' ') => {
            messages.push("usage: //go:wasmimport importmodule importname".to_owned());
        }
        "wasmexport" if count != 1 && text.contains(' ') => {
            messages.push("usage: //go:wasmexport exportname".to_owned());
        }
        "systemstack" | "nowritebarrier" | "nowritebarrierrec" | "yeswritebarrierrec" => {
            messages.push(format!("//go:{verb} only allowed in runtime"));
        }
        "uintptrkeepalive" => {
            messages.push(format!("//go:{verb} is only allowed in the standard library"));
        }
        _ if verb.starts_with("cgo_") => {
            if verb != "cgo_import_dynamic" || count < 3 {
                messages.push(format!("//{text} only allowed in cgo-generated code"));
            }
            messages.extend(cgo_usage(verb, directive.args()));
        }
        _ => {}
    }
    messages
}

/// How a cgo directive would have to look.
fn cgo_usage(verb: &str, args: &str) -> Option<String> {
    let args = cgo_fields(args);
    let quoted: Vec<bool> =
        args.iter().map(|arg| arg.len() >= 2 && arg.starts_with('"') && arg.ends_with('"')).collect();
    let (fits, usage) = match verb {
        "cgo_export_static" | "cgo_export_dynamic" => {
            (matches!(quoted.as_slice(), [false] | [false, false]), "local [remote]")
        }
        "cgo_import_dynamic" => (
            matches!(quoted.as_slice(), [false] | [false, false] | [false, false, true]),
            "local [remote [\"library\"]]",
        ),
        "cgo_import_static" => (quoted == [false], "local"),
        "cgo_dynamic_linker" => (quoted == [true], "\"path\""),
        "cgo_ldflag" => (quoted == [true], "\"arg\""),
        _ => return None,
    };
    (!fits).then(|| format!("usage: //go:{verb} {usage}"))
}

/// Words, and quoted strings with what they contain.
fn cgo_fields(text: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut start: Option<usize> = None;
    let mut in_quotes = false;
    for (i, c) in text.char_indices() {
        match c {
            '"' if in_quotes => {
                in_quotes = false;
                fields.extend(start.take().map(|start| &text[start..=i]));
            }
            '"' => {
                in_quotes = true;
                fields.extend(start.replace(i).map(|start| &text[start..i]));
            }
            c if !in_quotes && c.is_whitespace() => {
                fields.extend(start.take().map(|start| &text[start..i]));
            }
            _ => {
                start.get_or_insert(i);
            }
        }
    }
    fields.extend(start.filter(|_| !in_quotes).map(|start| &text[start..]));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_cgo_directives() {
        assert_eq!(cgo_fields("a b  \"c d\""), ["a", "b", "\"c d\""]);
        assert_eq!(cgo_fields("// x \"usage: y\""), ["//", "x", "\"usage: y\""]);
    }
}
