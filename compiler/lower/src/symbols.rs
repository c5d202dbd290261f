//! Symbol names, and which declaration stands behind one.
//!
//! Linkname directives give a declaration another symbol. A body (or an initialiser) then defines that symbol, a declaration without
//! refers to it.

use std::collections::HashMap;
use std::fmt::Write as _;

use rgo_load::PackageId;
use rgo_mir::{DataId, Pull};
use rgo_source::Name;
use rgo_types::{DeclKind, ObjId, Program, TypeId, VarKind};

use crate::Lowerer;
use crate::lowerer::{FuncKey, Work};

/// Symbols that differ from the default.
#[derive(Default, Debug)]
pub(crate) struct Symbols {
    /// Package and local name → remote symbol.
    renamed: HashMap<(PackageId, Name), Name>,
    /// Remote symbol → declarations in other packages that carry it.
    pushed: HashMap<Name, Vec<(PackageId, Name)>>,
    globals: HashMap<ObjId, DataId>,
    names: HashMap<DataId, String>,
}

impl Symbols {
    pub fn new(prog: &mut Program<'_>) -> Symbols {
        let mut symbols = Symbols::default();
        let packages: Vec<PackageId> = prog.graph.packages.iter().map(|p| p.id).collect();
        for pkg in packages {
            for link in prog.linknames(pkg) {
                let Some(remote) = link.remote else { continue };
                symbols.renamed.insert((pkg, link.local), remote);
                symbols.pushed.entry(remote).or_default().push((pkg, link.local));
            }
        }
        symbols
    }

    /// The function that defines `symbol`: one pushed to it with a body, else the one of that default name.
    pub fn definition(&self, prog: &mut Program<'_>, symbol: &str) -> Option<ObjId> {
        let has_body = |prog: &Program<'_>, obj: ObjId| {
            prog.obj(obj)
                .decl
                .is_some_and(|d| matches!(prog.decl(d).kind, DeclKind::Func(f) if f.body.is_some()))
        };
        for &(pkg, local) in self.pushed.get(&Name::new(symbol)).map_or(&[][..], Vec::as_slice) {
            if let Some(obj) = package_object(prog, pkg, local)
                && has_body(prog, obj)
            {
                return Some(obj);
            }
        }
        let obj = default_object(prog, symbol)?;
        prog.obj(obj).is_func().then_some(obj)
    }

    /// The variable that is `symbol`, or one of them.
    pub fn variable(&self, prog: &mut Program<'_>, symbol: &str) -> Option<ObjId> {
        self.variables(prog, symbol).first().copied()
    }

    /// The variables that share `symbol`.
    fn variables(&self, prog: &mut Program<'_>, symbol: &str) -> Vec<ObjId> {
        let mut found = Vec::new();
        if let Some(obj) = default_object(prog, symbol) {
            found.push(obj);
        }
        for &(pkg, local) in self.pushed.get(&Name::new(symbol)).map_or(&[][..], Vec::as_slice) {
            found.extend(package_object(prog, pkg, local));
        }
        found.retain(|&obj| prog.obj(obj).is_var());
        found
    }
}

fn package_object(prog: &mut Program<'_>, pkg: PackageId, name: Name) -> Option<ObjId> {
    let scope = prog.package_scope(pkg);
    prog.scope(scope).lookup(name)
}

/// `path.name`, split at the last dot after the last slash.
fn default_object(prog: &mut Program<'_>, symbol: &str) -> Option<ObjId> {
    let slash = symbol.rfind('/').map_or(0, |i| i + 1);
    let dot = slash + symbol[slash..].find('.')?;
    let pkg = prog.graph.packages.iter().find(|p| p.path == symbol[..dot])?.id;
    package_object(prog, pkg, Name::new(&symbol[dot + 1..]))
}

impl Lowerer<'_, '_> {
    /// The symbol of a function instance.
    pub(crate) fn func_symbol(&mut self, key: &FuncKey) -> String {
        let object = self.prog.obj(key.obj);
        let (name, order) = (object.name, object.order);
        let pkg = object.pkg.expect("functions belong to packages");
        let base = object.as_func().and_then(|f| f.recv_base);
        if base.is_none()
            && let Some(remote) = self.symbols.renamed.get(&(pkg, name))
        {
            return remote.as_str().to_owned();
        }
        let mut symbol = self.prog.package_path(pkg).as_str().to_owned();
        let Some(base) = base else {
            let _ = write!(symbol, ".{name}");
            if name == "init" {
                // A package may have several.
                let nth = self.prog.init_funcs(pkg).iter().position(|&init| init == key.obj);
                let _ = write!(symbol, ".{}", nth.unwrap_or_default());
            } else if name.is_blank() {
                let _ = write!(symbol, "{order}");
            }
            self.write_targs(&mut symbol, &key.targs);
            return symbol;
        };
        let pointer = object.as_func().is_some_and(|f| f.has_ptr_recv);
        let type_name = self.prog.obj(self.prog.named(base).obj).name;
        let own = self.prog.named(base).tparams.len().min(key.targs.len());
        let mut recv = type_name.as_str().to_owned();
        self.write_targs(&mut recv, &key.targs[..own]);
        let _ = if pointer { write!(symbol, ".(*{recv}).{name}") } else { write!(symbol, ".{recv}.{name}") };
        self.write_targs(&mut symbol, &key.targs[own..]);
        symbol
    }

    fn write_targs(&mut self, out: &mut String, targs: &[TypeId]) {
        if targs.is_empty() {
            return;
        }
        let args: Vec<String> = targs.iter().map(|&t| self.prog.link_string(t)).collect();
        let _ = write!(out, "[{}]", args.join(","));
    }

    /// Remembers that `obj`, which defines nothing itself, refers to `symbol` of another package.
    pub(crate) fn note_pull(&mut self, obj: ObjId, symbol: &str) {
        let object = self.prog.obj(obj);
        let Some(pkg) = object.pkg.filter(|&pkg| !self.prog.graph.package(pkg).is_std) else { return };
        if self.symbols.renamed.get(&(pkg, object.name)).is_some_and(|remote| remote.as_str() == symbol) {
            let package = self.prog.package_path(pkg).to_string();
            self.module.pulls.push(Pull { package, symbol: symbol.to_owned(), missing_at: None });
        }
    }

    /// The data symbol of a package-level variable; `None` for other objects.
    pub(crate) fn global(&mut self, obj: ObjId) -> Option<DataId> {
        if let Some(&data) = self.symbols.globals.get(&obj) {
            return Some(data);
        }
        let object = self.prog.obj(obj);
        if object.as_var()?.kind != VarKind::Package {
            return None;
        }
        let (pkg, name, order) = (object.pkg?, object.name, object.order);
        let symbol = match self.symbols.renamed.get(&(pkg, name)) {
            Some(remote) => remote.as_str().to_owned(),
            None if name.is_blank() => format!("{}._{order}", self.prog.package_path(pkg)),
            None => format!("{}.{name}", self.prog.package_path(pkg)),
        };
        let initialized = self
            .prog
            .obj(obj)
            .decl
            .is_some_and(|decl| matches!(self.prog.decl(decl).kind, DeclKind::Var { init: Some(_), .. }));
        if !initialized {
            self.note_pull(obj, &symbol);
        }
        let data = self.module.declare_data(&symbol);
        self.symbols.globals.insert(obj, data);
        self.symbols.names.insert(data, symbol.clone());
        self.work.push_back(Work::Global(obj));
        for other in self.symbols.variables(self.prog, &symbol) {
            self.global(other);
        }
        Some(data)
    }

    /// What stands for a package-level variable in code: its data; all variables without size share one address.
    pub(crate) fn variable(&mut self, obj: ObjId) -> Option<DataId> {
        let data = self.global(obj)?;
        let t = self.prog.obj_type(obj);
        let t = self.canon(t);
        Some(if self.layout(t).size == 0 { self.runtime_var("zerobase") } else { data })
    }

    /// All package-level variables that were reached, with their symbols, in order of symbol.
    pub(crate) fn reached_globals(&self) -> Vec<(DataId, ObjId)> {
        let mut all: Vec<_> = self.symbols.globals.iter().map(|(&obj, &data)| (data, obj)).collect();
        all.sort();
        all
    }
}

impl Lowerer<'_, '_> {
    /// The name of a data symbol.
    pub(crate) fn data_symbol(&self, data: DataId) -> String {
        self.symbols.names.get(&data).cloned().unwrap_or_default()
    }
}
