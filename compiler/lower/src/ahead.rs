//! Bodies are parsed on other threads before lowering comes to them.
//!
//! Enters: the body of every function that lowering has reached. What leaves is the body's own tree ([`ast::Body`] is parsed once, by whoever looks
//! first). Lowering takes the oldest function of its work list, the threads here take the newest, so that they meet only
//! when the list is nearly done.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope};

use rgo_syntax::ast;

/// Deeply nested bodies need as much stack here as on the compiler's first thread; it is only reserved.
const STACK_BYTES: usize = 512 << 20;

/// More threads would wait for each other: several bodies of one file are not converted at once.
const MOST_THREADS: usize = 3;

/// Bodies that somebody will look at.
#[derive(Default, Debug)]
pub(crate) struct Ahead<'s> {
    state: Mutex<State<'s>>,
    changed: Condvar,
}

#[derive(Default, Debug)]
struct State<'s> {
    bodies: Vec<&'s ast::Body>,
    is_closed: bool,
}

impl<'s> Ahead<'s> {
    /// Starts the threads; `threads` counts the caller's.
    pub(crate) fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        threads: usize,
    ) -> Closing<'scope, 's>
    where
        's: 'scope,
    {
        for _ in 1..threads.min(1 + MOST_THREADS) {
            // Without a thread, lowering parses what it needs.
            let _ = Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || self.work());
        }
        Closing(self)
    }

    /// Announces that a body will be needed.
    pub(crate) fn push(&self, body: &'s ast::Body) {
        if !body.is_parsed() {
            self.state().bodies.push(body);
            self.changed.notify_one();
        }
    }

    fn work(&self) {
        loop {
            let mut state = self.state();
            let body = loop {
                if state.is_closed {
                    return;
                }
                match state.bodies.pop() {
                    Some(body) => break body,
                    None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(state);
            body.parse();
        }
    }

    fn state(&self) -> MutexGuard<'_, State<'s>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the threads when lowering ends, in whatever way.
#[derive(Debug)]
pub(crate) struct Closing<'scope, 's>(&'scope Ahead<'s>);

impl Drop for Closing<'_, '_> {
    fn drop(&mut self) {
        self.0.state().is_closed = true;
        self.0.changed.notify_all();
    }
}
