//! Parameter tags: how the value of a parameter may leave its function.

/// How many results are told apart.
pub(crate) const RESULTS: usize = 5;

const HEAP: usize = 0;
const MUTATOR: usize = 1;
const CALLEE: usize = 2;
const RESULT0: usize = 3;

/// The least number of dereferences on any path from a parameter to the heap, to the target of an indirect store, to the
/// operand of an unknown call and to each result.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Leaks([u8; RESULT0 + RESULTS]);

impl Leaks {
    /// What must be assumed of unknown functions.
    pub fn unknown() -> Leaks {
        let mut leaks = Leaks::default();
        leaks.add_heap(0);
        leaks
    }

    fn get(self, i: usize) -> Option<i32> {
        i32::from(self.0[i]).checked_sub(1).filter(|&d| d >= 0)
    }

    fn add(&mut self, i: usize, derefs: i32) {
        debug_assert!(derefs >= 0);
        if self.get(i).is_none_or(|old| derefs < old) {
            self.0[i] = (derefs + 1).clamp(1, 255) as u8;
        }
    }

    pub fn heap(self) -> Option<i32> {
        self.get(HEAP)
    }
    pub fn mutator(self) -> Option<i32> {
        self.get(MUTATOR)
    }
    pub fn callee(self) -> Option<i32> {
        self.get(CALLEE)
    }
    pub fn result(self, i: usize) -> Option<i32> {
        self.get(RESULT0 + i)
    }

    pub fn add_heap(&mut self, derefs: i32) {
        self.add(HEAP, derefs);
    }
    pub fn add_mutator(&mut self, derefs: i32) {
        self.add(MUTATOR, derefs);
    }
    pub fn add_callee(&mut self, derefs: i32) {
        self.add(CALLEE, derefs);
    }
    pub fn add_result(&mut self, i: usize, derefs: i32) {
        self.add(RESULT0 + i, derefs);
    }

    /// Drops what a leak to the heap with as few dereferences says already.
    pub fn simplified(mut self) -> Leaks {
        if let Some(heap) = self.heap() {
            for i in HEAP + 1..self.0.len() {
                if self.get(i).is_some_and(|d| d >= heap) {
                    self.0[i] = 0;
                }
            }
        }
        // A leak to the heap as it is says everything.
        if self.heap() == Some(0) { Leaks::unknown() } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_number_of_dereferences_counts() {
        let mut leaks = Leaks::default();
        leaks.add_result(1, 2);
        leaks.add_result(1, 1);
        leaks.add_result(1, 3);
        assert_eq!((leaks.result(0), leaks.result(1), leaks.heap()), (None, Some(1), None));
    }

    #[test]
    fn a_shorter_way_to_the_heap_hides_the_others() {
        let mut leaks = Leaks::default();
        leaks.add_heap(1);
        leaks.add_result(0, 1);
        leaks.add_result(1, 0);
        let leaks = leaks.simplified();
        assert_eq!((leaks.heap(), leaks.result(0), leaks.result(1)), (Some(1), None, Some(0)));
    }
}
