//! What lowering asks of a checked program.

use std::sync::Arc;

use rgo_load::{Package, PackageGraph, PackageId};
use rgo_source::{Name, SourceMap};
use rgo_target::LINUX_AMD64;
use rgo_types::{ObjId, Program, SubstMap, TypeId, TypeKind};

const P: PackageId = PackageId(0);

fn graph(text: &str) -> PackageGraph {
    let sources = Arc::new(SourceMap::default());
    let parsed = rgo_syntax::parse_file(&sources, "p.go", text.as_bytes().into()).expect("room");
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let path = Name::new("example.com/p");
    let package = Package::of_files(P, path, vec![parsed.file]);
    PackageGraph::new(vec![package], sources, vec![P], vec![])
}

fn obj(p: &mut Program<'_>, name: &str) -> ObjId {
    p.lookup_in_package(P, Name::new(name)).expect("a declared name")
}

fn ty(p: &mut Program<'_>, name: &str) -> TypeId {
    let obj = obj(p, name);
    p.obj_type(obj)
}

#[test]
fn canonical_types_are_equal_when_identical() {
    let graph = graph(
        "package p
type A = map[string]any
type I interface{ M(x int); N() }
type J interface{ N(); M(int) }
type S = struct{ F func(a, b byte) (c error); g []interface{} }
type G[T any] struct{ v T }
var (
    a A; a1 map[string]interface{}
    i interface{ M(y int); J }; j interface{ J }
    s S; s1 struct{ F func(uint8, uint8) error; g []any }
    g G[A]; g1 G[map[string]interface{}]
    h G[S]; h1 G[struct{ F func(x, y uint8) error; g []any }]
    k G[interface{ J }]; k1 G[interface{ N(); M(int) }]
    n struct{ F func(uint8, uint8) error; g []any `t:\"1\"` }
)",
    );
    let mut p = Program::new(&graph, LINUX_AMD64);
    p.check_package(P);
    assert!(p.diagnostics.is_empty(), "{:?}", p.diagnostics);
    for (x, y) in [("a", "a1"), ("i", "j"), ("s", "s1"), ("g", "g1"), ("h", "h1"), ("k", "k1")] {
        let (tx, ty) = (ty(&mut p, x), ty(&mut p, y));
        assert!(p.identical(tx, ty), "{x} {y}");
        assert_eq!(p.canonical(tx), p.canonical(ty), "{x} {y}");
        assert_eq!(p.link_string(tx), p.link_string(ty), "{x} {y}");
    }
    let (s, n) = (ty(&mut p, "s"), ty(&mut p, "n"));
    assert_ne!(p.canonical(s), p.canonical(n));
    assert_eq!(
        p.link_string(n),
        "struct { F func(uint8, uint8) error; example.com/p.g []interface {} \"t:\\\"1\\\"\" }"
    );
    assert_eq!(
        p.reflect_string(n),
        "struct { F func(uint8, uint8) error; g []interface {} \"t:\\\"1\\\"\" }"
    );
    let g = ty(&mut p, "g");
    assert_eq!(p.link_string(g), "example.com/p.G[map[string]interface {}]");
    assert_eq!(p.reflect_string(g), "p.G[map[string]interface {}]");
}

#[test]
fn method_sets_include_promoted_methods() {
    let graph = graph(
        "package p
type A struct{}
func (A) Get() {}
func (*A) Set() {}
func (A) hidden() {}
type B struct{ *A; x int }
func (B) Z() {}
type C struct{ A }
type I interface{ Get(); hidden() }
var c C; var i struct{ I }",
    );
    let mut p = Program::new(&graph, LINUX_AMD64);
    p.check_package(P);
    let names = |p: &mut Program<'_>, t: TypeId| {
        let set = p.method_set(t);
        set.iter().map(|m| p.obj(m.obj).name.as_str()).collect::<Vec<_>>().join(" ")
    };
    let (b, c, i) = (ty(&mut p, "B"), ty(&mut p, "c"), ty(&mut p, "i"));
    assert_eq!(names(&mut p, b), "Get Set Z hidden");
    assert_eq!(names(&mut p, c), "Get hidden");
    let ptr = p.new_pointer(c);
    assert_eq!(names(&mut p, ptr), "Get Set hidden");
    assert_eq!(names(&mut p, i), "Get hidden");
    let iface = ty(&mut p, "I");
    assert!(p.implements(b, iface) && p.implements(c, iface));
    let set = p.method_set(ptr);
    assert_eq!(set[1].index, [0, 1]);
}

#[test]
fn variables_are_initialised_in_dependency_order() {
    let graph = graph(
        "package p
var a = c + b
var b = f()
var c = 1
func f() int { d++; return d }
var d = 3
var x, y = g()
func g() (int, int) { return T{}.m(), 2 }
type T struct{}
func (T) m() int { return e }
var e = a
var _ = e",
    );
    let mut p = Program::new(&graph, LINUX_AMD64);
    let order: Vec<String> = p
        .init_order(P)
        .into_iter()
        .map(|init| init.lhs.iter().map(|&v| p.obj(v).name.as_str()).collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(order, ["c", "d", "b", "a", "e", "x,y", "_"]);
}

#[test]
fn local_types_depend_on_enclosing_type_parameters() {
    let graph = graph(
        "package p
func F[T any]() any { type L struct{ v T; next *L }; return L{} }",
    );
    let mut p = Program::new(&graph, LINUX_AMD64);
    let f = obj(&mut p, "F");
    p.check_body(f);
    let sig = p.func_signature(f).expect("a signature");
    let tparams = p.signature(sig).tparams.clone();
    let file = p.func_source(f).expect("a declaration").file;
    // The composite literal is the only expression of a struct type.
    let count = p.file(file).ast.expr_count();
    let local = (0..count)
        .filter_map(|id| p.info(file).type_and_value(rgo_syntax::ast::ExprId(id)).map(|tv| tv.ty))
        .find(|&t| matches!(p.kind(t), TypeKind::Named(_)))
        .expect("the local type");
    let int = p.subst(local, &SubstMap::new(&tparams, &[TypeId::INT]));
    let string = p.subst(local, &SubstMap::new(&tparams, &[TypeId::STRING]));
    let again = p.subst(local, &SubstMap::new(&tparams, &[TypeId::INT]));
    assert_eq!(int, again);
    assert_ne!(p.canonical(int), p.canonical(string));
    assert_eq!(p.size_of(int), Some(16));
    assert_eq!(p.size_of(string), Some(24));
    assert_eq!(p.reflect_string(int), "p.L[int]");
    assert!(p.link_string(int).starts_with("example.com/p.L[int]·"));
    let fields = p.struct_fields(int).expect("a struct");
    let next = p.obj_type(fields[1]);
    assert_eq!(p.kind(next), TypeKind::Pointer(int));
}
