//! Lists of terms: the union of the sets their terms denote. `None` stands for the set of all types.

use crate::program::Program;
use crate::ty::{Term, TypeId};

/// A term list that is still being computed.
pub(crate) type TermList = Option<Vec<Term>>;

impl Program<'_> {
    /// Whether no type is in both terms.
    pub(crate) fn terms_disjoint(&mut self, x: Term, y: Term) -> bool {
        let ux = if y.tilde { self.under(x.ty) } else { x.ty };
        let uy = if x.tilde { self.under(y.ty) } else { y.ty };
        !self.identical(ux, uy)
    }

    /// Whether the term includes the type.
    pub(crate) fn term_includes(&mut self, term: Term, ty: TypeId) -> bool {
        let ty = if term.tilde { self.under(ty) } else { ty };
        self.identical(term.ty, ty)
    }

    fn term_subset_of(&mut self, x: Term, y: Term) -> bool {
        !self.terms_disjoint(x, y) && (!x.tilde || y.tilde)
    }

    /// Merges terms that overlap.
    fn normalize(&mut self, list: Vec<Term>) -> Vec<Term> {
        let mut result: Vec<Term> = Vec::new();
        let mut used = vec![false; list.len()];
        for i in 0..list.len() {
            if used[i] {
                continue;
            }
            let mut term = list[i];
            for j in i + 1..list.len() {
                if !used[j] && !self.terms_disjoint(term, list[j]) {
                    if !term.tilde && list[j].tilde {
                        term = list[j];
                    }
                    used[j] = true;
                }
            }
            result.push(term);
        }
        result
    }

    /// The set of types in either list.
    pub(crate) fn union_terms(&mut self, x: TermList, y: TermList) -> TermList {
        let (Some(mut x), Some(y)) = (x, y) else {
            return None;
        };
        x.extend(y);
        Some(self.normalize(x))
    }

    /// The set of types in both lists.
    pub(crate) fn intersect_terms(&mut self, x: TermList, y: TermList) -> TermList {
        let (x, y) = match (x, y) {
            (None, other) | (other, None) => return other,
            (Some(x), Some(y)) => (x, y),
        };
        let mut result = Vec::new();
        for &a in &x {
            for &b in &y {
                if !self.terms_disjoint(a, b) {
                    result.push(if !a.tilde || b.tilde { a } else { b });
                }
            }
        }
        Some(self.normalize(result))
    }

    /// Whether every type of `x` is in `y`.
    pub(crate) fn terms_subset_of(&mut self, x: Option<&[Term]>, y: Option<&[Term]>) -> bool {
        match (x, y) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(x), Some(y)) => x.iter().all(|&a| y.iter().any(|&b| self.term_subset_of(a, b))),
        }
    }

    /// Whether the lists denote the same set.
    pub(crate) fn term_lists_equal(&mut self, x: Option<&[Term]>, y: Option<&[Term]>) -> bool {
        self.terms_subset_of(x, y) && self.terms_subset_of(y, x)
    }
}
