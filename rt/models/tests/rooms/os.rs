//! The kernel: futexes, memory, a clock, and readiness of files.

pub(crate) use rgo_models::os::{futex_sleep, futex_wake, nanotime, usleep};

pub(crate) const PAGE_SIZE: usize = 4096;

pub(crate) fn map(size: usize) -> Option<usize> {
    Some(rgo_models::forever::memory(size, PAGE_SIZE))
}

pub(crate) fn unmap(_at: usize, _size: usize) {}

pub(crate) fn walltime() -> (i64, i64) {
    (0, 0)
}

pub(crate) fn thread_id() -> u32 {
    1
}

pub(crate) mod poll {
    use loom::sync::{Condvar, Mutex};

    pub(crate) const BATCH: usize = 2;

    #[derive(Clone, Copy)]
    pub(crate) struct Ready {
        pub cookie: u64,
        pub readable: bool,
        pub writable: bool,
        pub error: bool,
    }

    /// An epoll instance, edge-triggered.
    pub(crate) struct Poller {
        state: Mutex<(bool, Vec<Ready>)>,
        changed: Condvar,
    }

    impl Poller {
        pub(crate) fn new() -> Result<Poller, i32> {
            Ok(Poller { state: Mutex::new((false, Vec::new())), changed: Condvar::new() })
        }
        pub(crate) fn add(&self, _fd: i32, _cookie: u64) -> Result<(), i32> {
            Ok(())
        }
        pub(crate) fn remove(&self, _fd: i32) {}
        pub(crate) fn owns(&self, _fd: i32) -> bool {
            false
        }
        pub(crate) fn wake(&self) {
            self.state.lock().unwrap().0 = true;
            self.changed.notify_all();
        }
        /// The kernel reports an event.
        pub(crate) fn happens(&self, event: Ready) {
            self.state.lock().unwrap().1.push(event);
            self.changed.notify_all();
        }
        pub(crate) fn wait(&self, delay_ns: i64, out: &mut [Ready; BATCH]) -> usize {
            let mut state = self.state.lock().unwrap();
            while delay_ns < 0 && !state.0 && state.1.is_empty() {
                state = self.changed.wait(state).unwrap();
            }
            if delay_ns != 0 {
                state.0 = false;
            }
            let n = state.1.len().min(BATCH);
            for (to, event) in out.iter_mut().zip(state.1.drain(..n)) {
                *to = event;
            }
            n
        }
    }
}
