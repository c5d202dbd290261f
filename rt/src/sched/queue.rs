//! Intrusive lists of goroutines through `G::sched_link`. A G is in at most one list.

use super::g::G;

/// First in, first out.
pub(crate) struct GQueue {
    head: Option<&'static G>,
    tail: Option<&'static G>,
    len: usize,
}

impl GQueue {
    pub(crate) const fn new() -> Self {
        GQueue { head: None, tail: None, len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push(&mut self, g: &'static G) {
        g.sched_link.set(None);
        match self.tail.replace(g) {
            Some(tail) => tail.sched_link.set(Some(g)),
            None => self.head = Some(g),
        }
        self.len += 1;
    }

    pub(crate) fn push_front(&mut self, g: &'static G) {
        g.sched_link.set(self.head);
        if self.head.is_none() {
            self.tail = Some(g);
        }
        self.head = Some(g);
        self.len += 1;
    }

    pub(crate) fn pop(&mut self) -> Option<&'static G> {
        let g = self.head?;
        self.head = g.sched_link.take();
        if self.head.is_none() {
            self.tail = None;
        }
        self.len -= 1;
        Some(g)
    }
}
