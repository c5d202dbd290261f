//! Initialisation order of packages: imports first; among those that are ready, the lexicographically first.
//!
//! As gc's linker does it, the closure of `runtime` comes first as a whole, then everything else.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Orders packages 0..n: `path(i)` breaks ties, `imports[i]` must be acyclic, `first` names the roots that come first.
pub(crate) fn initialization_order(
    paths: &[&str],
    imports: &[BTreeSet<usize>],
    first: &[usize],
) -> Vec<usize> {
    let mut early = vec![false; paths.len()];
    let mut work: Vec<usize> = first.to_vec();
    while let Some(package) = work.pop() {
        if !std::mem::replace(&mut early[package], true) {
            work.extend(&imports[package]);
        }
    }
    let mut importers = vec![Vec::new(); paths.len()];
    for (package, list) in imports.iter().enumerate() {
        for &imported in list {
            importers[imported].push(package);
        }
    }
    let mut missing: Vec<usize> = imports.iter().map(BTreeSet::len).collect();
    let key = |package: usize| Reverse((!early[package], paths[package], package));
    let mut ready: BinaryHeap<_> = (0..paths.len()).filter(|&p| missing[p] == 0).map(key).collect();
    let mut order = Vec::with_capacity(paths.len());
    while let Some(Reverse((_, _, package))) = ready.pop() {
        order.push(package);
        for &importer in &importers[package] {
            missing[importer] -= 1;
            if missing[importer] == 0 {
                ready.push(key(importer));
            }
        }
    }
    assert_eq!(order.len(), paths.len(), "import cycles are reported before packages are ordered");
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_then_names() {
        let paths = ["main", "b", "a", "runtime", "z"];
        let imports = [vec![1, 2], vec![4], vec![], vec![4], vec![]].map(BTreeSet::from_iter);
        let order = initialization_order(&paths, &imports, &[3]);
        assert_eq!(order.iter().map(|&i| paths[i]).collect::<Vec<_>>(), ["z", "runtime", "a", "b", "main"]);
    }
}
