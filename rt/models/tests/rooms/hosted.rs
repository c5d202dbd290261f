//! A goroutine on a thread of the model, with an M and a P of its own.
//!
//! rt's entries end in three ways: they return, they park (and the frames are abandoned; when the goroutine runs again its resume
//! function finishes the operation), or they leave by a Go panic. Here the second and the third unwind, and [`enter`] plays the
//! scheduler: it waits until somebody has queued the goroutine and runs the resume function.

use crate::entry::Pair;
use crate::sched::m::M;
use crate::sched::p::P;
use crate::sched::{G, Status};
use crate::{forever, sched};
use loom::sync::{Condvar, Mutex};
use loom::thread::{self, JoinHandle};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

#[derive(Clone, Copy)]
pub(crate) struct Host {
    pub m: &'static M,
    pub g: &'static G,
    queued: &'static Queued,
}

/// Has somebody queued the goroutine?
struct Queued {
    flag: Mutex<bool>,
    changed: Condvar,
}

loom::thread_local! {
    static HOST: RefCell<Option<Host>> = RefCell::new(None);
}

/// How an entry is left other than by returning.
pub(crate) enum Exit {
    Parked,
    Panicked(u64),
}

pub(crate) fn leave(exit: Exit) -> ! {
    resume_unwind(Box::new(exit))
}

pub(crate) fn current() -> Host {
    HOST.with(|host| host.borrow().expect("this thread is no goroutine"))
}

/// Makes the calling thread a goroutine that runs.
pub(crate) fn become_goroutine() {
    let (m, g) = (forever::make(M::new()), forever::make(G::new()));
    let p = forever::make(P::new(0));
    m.p.set(Some(p));
    m.curg.set(Some(g));
    g.set_status(Status::Running);
    let queued = forever::make(Queued { flag: Mutex::new(false), changed: Condvar::new() });
    // A field that the rooms under test do not use.
    g.ctxt.set(queued as *const Queued as usize);
    HOST.with(|host| *host.borrow_mut() = Some(Host { m, g, queued }));
}

/// `go f()`.
pub(crate) fn go(f: impl FnOnce() + 'static) -> JoinHandle<()> {
    thread::spawn(move || {
        become_goroutine();
        f();
    })
}

/// g is in a run queue: it may run.
pub(crate) fn queue(g: &'static G) {
    // SAFETY: `become_goroutine` made it.
    let queued = unsafe { &*(g.ctxt.get() as *const Queued) };
    assert!(!std::mem::replace(&mut *queued.flag.lock().unwrap(), true), "queued twice");
    queued.changed.notify_one();
}

/// How an operation ended: it did, at once or after waiting (with what its resume function returned); or by a panic with this code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome<R> {
    Returned(R),
    Resumed(Pair),
    Panicked(u64),
}

/// Calls an entry of rt.
pub(crate) fn enter<R>(entry: impl FnOnce() -> R) -> Outcome<R> {
    let mut exit = match catch_exit(entry) {
        Ok(result) => return Outcome::Returned(result),
        Err(exit) => exit,
    };
    let Host { m, g, queued } = current();
    loop {
        if let Exit::Panicked(code) = exit {
            return Outcome::Panicked(code);
        }
        let mut flag = queued.flag.lock().unwrap();
        while !*flag {
            flag = queued.changed.wait(flag).unwrap();
        }
        *flag = false;
        drop(flag);
        assert_eq!(g.status(), Status::Runnable);
        m.curg.set(Some(g));
        g.set_status(Status::Running);
        let Some(resume) = g.resume.take() else { return Outcome::Resumed(Pair(0, 0)) };
        match catch_exit(|| resume(g)) {
            Ok(result) => return Outcome::Resumed(result),
            Err(again) => exit = again,
        }
    }
}

fn catch_exit<R>(f: impl FnOnce() -> R) -> Result<R, Exit> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| match payload.downcast::<Exit>() {
        Ok(exit) => *exit,
        Err(failure) => resume_unwind(failure),
    })
}
