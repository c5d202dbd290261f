//! Ms on threads of the model, and goroutines that are lists of steps.
//!
//! `schedule`, `gogo` and parking never return in rt; here they unwind to [`run`], which goes on as the machine would: with `schedule`, or
//! with the next step of a goroutine. When the last goroutine has ended all Ms leave their sleep and end.

use crate::arch::SavedFrame;
use crate::forever;
use crate::sched::m::M;
use crate::sched::p::{self, P};
use crate::sched::schedule::{run_next, run_queue_put};
use crate::sched::{G, Status, idle};
use crate::stack::Segment;
use loom::thread;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

pub(crate) enum Exit {
    /// Go on with this function, on an empty stack of g0.
    Schedule(usize),
    Run(&'static G),
    Over,
}

pub(crate) fn leave(exit: Exit) -> ! {
    resume_unwind(Box::new(exit))
}

pub(crate) type Step = Box<dyn FnOnce()>;

// What is not rt's: loom runs all threads on one, so plain cells will do.
thread_local! {
    static ALIVE: Cell<usize> = const { Cell::new(0) };
    static MS: RefCell<Vec<thread::JoinHandle<()>>> = const { RefCell::new(Vec::new()) };
    static TIMERS: Cell<bool> = const { Cell::new(false) };
    static STEPS: RefCell<Vec<(usize, VecDeque<Step>)>> = const { RefCell::new(Vec::new()) };
}

loom::thread_local! {
    static CURRENT: Cell<Option<&'static M>> = Cell::new(None);
}

pub(crate) fn current_m() -> &'static M {
    CURRENT.with(|m| m.get().expect("this thread is no M"))
}

pub(crate) fn has_timers() -> bool {
    TIMERS.get()
}

/// Woken because everything is over?
pub(crate) fn exit_if_over() {
    if rgo_models::os::is_shut_down() {
        leave(Exit::Over);
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Go(pub &'static G);

/// A goroutine that parks nowhere yet: `Waiting`, in no queue.
pub(crate) fn goroutine(steps: impl IntoIterator<Item = Step>) -> Go {
    let g = forever::make(G::new());
    g.segment.set((forever::make(Segment { guard: 0 }) as *const Segment).cast_mut());
    g.sched_sp.set(forever::make(SavedFrame::default()) as *const SavedFrame as usize);
    g.set_status(Status::Waiting);
    ALIVE.set(ALIVE.get() + 1);
    STEPS.with_borrow_mut(|all| all.push((g.addr(), steps.into_iter().collect())));
    Go(g)
}

pub(crate) fn step(f: impl FnOnce() + 'static) -> Step {
    Box::new(f)
}

/// `go`: makes it runnable on the running P.
pub(crate) fn start(g: Go) {
    crate::sched::goready(g.0);
}

pub(crate) fn new_m(p: Option<&'static P>, spinning: bool) {
    let m: &'static M = forever::make(M::new());
    m.next_p.set(p);
    m.spinning.set(spinning);
    let handle = thread::spawn(move || {
        CURRENT.with(|current| current.set(Some(m)));
        if let Some(p) = m.next_p.take() {
            p::acquire(m, p);
        }
        run(None);
    });
    MS.with_borrow_mut(|ms| ms.push(handle));
}

/// A thread that looks at Ps `times` times, as sysmon does; `slowly`: whatever else can run does so in between.
pub(crate) fn watch(times: usize, slowly: bool) {
    let handle = thread::spawn(move || {
        let m: &'static M = forever::make(M::new());
        CURRENT.with(|current| current.set(Some(m)));
        for _ in 0..times {
            crate::sched::retake::all(rgo_models::os::nanotime());
            if slowly {
                thread::yield_now();
            }
        }
    });
    MS.with_borrow_mut(|ms| ms.push(handle));
}

/// A program with `procs` Ps whose main goroutine is `main`, on the calling thread; returns when all goroutines have ended.
pub(crate) fn program(procs: usize, timers: bool, main: impl FnOnce() -> Go) {
    ALIVE.set(0);
    TIMERS.set(timers);
    STEPS.take();
    MS.take();
    let m: &'static M = forever::make(M::new());
    CURRENT.with(|current| current.set(Some(m)));
    idle::SCHED.lock().m_count = 1;
    p::set_count(procs);
    for id in 1..procs {
        let p = p::make(id);
        idle::SCHED.lock().put_idle_p(p);
    }
    p::acquire(m, p::make(0));
    idle::LAST_POLL.swap(1, crate::shared::Ordering::SeqCst);
    let g = main();
    crate::sched::park::make_runnable(g.0);
    run_queue_put(m.p(), g.0, true);
    run(None);
    while let Some(m) = MS.with_borrow_mut(Vec::pop) {
        m.join().unwrap();
    }
    assert_eq!(ALIVE.get(), 0);
}

/// An M runs until everything is over.
fn run(first: Option<&'static G>) {
    let mut running = first;
    loop {
        let exit = match running {
            None => catch_exit(|| run_next(current_m())),
            Some(g) => {
                let next = STEPS.with_borrow_mut(|all| {
                    let (_, steps) = all.iter_mut().find(|(addr, _)| *addr == g.addr()).expect("a goroutine");
                    steps.pop_front()
                });
                match next {
                    Some(step) => match catch_exit(step) {
                        Ok(()) => continue,
                        Err(exit) => Err(exit),
                    },
                    None => {
                        end(g);
                        Err(Exit::Schedule(0))
                    }
                }
            }
        };
        match exit {
            Err(Exit::Run(g)) => running = Some(g),
            Err(Exit::Schedule(_)) => running = None,
            Err(Exit::Over) => return,
            Ok(never) => never,
        }
        if ALIVE.get() == 0 {
            return;
        }
    }
}

fn end(g: &'static G) {
    g.set_status(Status::Dead);
    current_m().curg.set(None);
    ALIVE.set(ALIVE.get() - 1);
    if ALIVE.get() == 0 {
        rgo_models::os::shut_down();
    }
}

fn catch_exit<R>(f: impl FnOnce() -> R) -> Result<R, Exit> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| match payload.downcast::<Exit>() {
        Ok(exit) => *exit,
        Err(failure) => resume_unwind(failure),
    })
}
