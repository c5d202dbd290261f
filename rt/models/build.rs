//! Rooms of rt see that they are compiled for loom; loom itself and its dependencies are not concerned.
fn main() {
    println!("cargo::rustc-cfg=loom");
    println!("cargo::rerun-if-changed=build.rs");
}
