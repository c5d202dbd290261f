//! The template thread: it runs nothing, so its state (namespaces, directory, credentials) is as the process began, and threads cloned
//! from it inherit that. Ms whose goroutine has locked its thread, and may have changed it, let it clone for them.

use super::idle::SCHED;
use super::init;
use super::m::M;
use crate::os;
use crate::sync::Mutex;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

static STARTED: AtomicBool = AtomicBool::new(false);
/// Ms that want a thread, linked by `idle_link`.
static WANTED: Mutex<Option<&'static M>> = Mutex::new(None);
static REQUESTS: AtomicU32 = AtomicU32::new(0);

/// Starts the thread, from one that is still unchanged, when a goroutine locks its thread for the first time.
pub(super) fn start() {
    if STARTED.load(Ordering::Relaxed) || STARTED.swap(true, Ordering::Relaxed) {
        return;
    }
    {
        let mut sched = SCHED.lock();
        sched.m_count += 1;
        sched.system_ms += 1;
    }
    init::new_m(None, false, Some(serve));
}

/// Lets the template thread make the thread of `m`.
pub(super) fn clone_there(m: &'static M) {
    {
        let mut wanted = WANTED.lock();
        m.idle_link.set(wanted.replace(m));
    }
    REQUESTS.fetch_add(1, Ordering::SeqCst);
    os::futex_wake(&REQUESTS, 1);
}

fn serve() -> ! {
    loop {
        let requests = REQUESTS.load(Ordering::SeqCst);
        let mut next = WANTED.lock().take();
        while let Some(m) = next {
            next = m.idle_link.take();
            init::clone_here(m);
        }
        os::futex_sleep(&REQUESTS, requests, None);
    }
}
