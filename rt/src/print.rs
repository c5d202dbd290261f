//! Output of rt and of the built-in print functions: straight to file descriptor 2, no allocation.
//!
//! `Line` gathers text so that one report comes out in few writes. `printlock` keeps reports of different Ms apart; it may be
//! taken again by its holder, and a dying M that cannot get it goes on without.

use core::fmt::{self, Write};

/// Text on its way to file descriptors.
pub(crate) struct Line {
    buf: [u8; 512],
    len: usize,
}

impl Line {
    pub(crate) fn new() -> Line {
        Line { buf: [0; 512], len: 0 }
    }

    fn flush(&mut self) {
        emit(&self.buf[..self.len]);
        self.len = 0;
    }
}

impl Write for Line {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        for &b in s.as_bytes() {
            if self.len == self.buf.len() {
                self.flush();
            }
            self.buf[self.len] = b;
            self.len += 1;
        }
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Text whose lines after the first are indented: a message cannot be taken for other lines of a report.
pub(crate) struct Indented<'a>(pub(crate) &'a mut Line);

impl Write for Indented<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        for (i, part) in s.split('\n').enumerate() {
            if i > 0 {
                self.0.write_str("\n\t")?;
            }
            self.0.write_str(part)?;
        }
        Ok(())
    }
}

/// Nanoseconds as milliseconds with two digits, at most three of them decimals, as gc's traces have them.
pub(crate) struct Millis(pub(crate) i64);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.0.max(0) / 1000;
        match us {
            0 => f.write_str("0"),
            1..100 => write!(f, "0.{us:03}"),
            100..1000 => write!(f, "0.{:02}", us / 10),
            1000..10_000 => write!(f, "{}.{}", us / 1000, us / 100 % 10),
            _ => write!(f, "{}", us / 1000),
        }
    }
}

#[cfg(test)]
#[test]
fn milliseconds_have_two_digits() {
    let shown = |ns| std::format!("{}", Millis(ns));
    assert_eq!([999, 1000, 99_999, 100_000].map(shown), ["0", "0.001", "0.099", "0.10"]);
    assert_eq!([999_999, 1_000_000, 9_999_999, 10_000_000].map(shown), ["0.99", "1.0", "9.9", "10"]);
}

#[cfg(test)]
std::thread_local! {
    static WRITTEN: std::cell::RefCell<std::vec::Vec<std::vec::Vec<u8>>> = const { std::cell::RefCell::new(std::vec::Vec::new()) };
}

#[cfg(test)]
fn emit(bytes: &[u8]) {
    WRITTEN.with_borrow_mut(|all| all.push(bytes.to_vec()));
}

/// Writes text for the user.
pub(crate) fn error(args: fmt::Arguments<'_>) {
    let _ = Line::new().write_fmt(args);
}

#[cfg(not(test))]
mod metal {
    use super::*;
    use crate::arch::current_m;
    use crate::os;
    use core::sync::atomic::{AtomicUsize, Ordering};

    /// Second destination of fatal reports (`debug.SetCrashOutput`), or `usize::MAX`.
    static CRASH_FD: AtomicUsize = AtomicUsize::new(usize::MAX);

    pub(super) fn emit(mut bytes: &[u8]) {
        let dying = current_m().dying.get() != 0;
        let crash_fd = CRASH_FD.load(Ordering::Relaxed);
        if dying && crash_fd != usize::MAX {
            os::write(crash_fd, bytes);
        }
        while !bytes.is_empty() {
            match os::write(2, bytes) {
                n if n > 0 => bytes = &bytes[n as usize..],
                n if os::errno(n) == Some(os::EINTR) || os::errno(n) == Some(os::EAGAIN) => {}
                _ => return,
            }
        }
    }

    extern "C" fn set_crash_fd(fd: usize) -> usize {
        CRASH_FD.swap(fd, Ordering::Relaxed)
    }
    leaf_entry!("runtime/debug.runtime_setCrashFD", set_crash_fd);

    /// M id + 1 of the holder, and how often it holds the lock.
    static HOLDER: AtomicUsize = AtomicUsize::new(0);
    static DEPTH: AtomicUsize = AtomicUsize::new(0);

    /// Begins a report. The holder is not preempted.
    pub(crate) extern "C" fn printlock() {
        let m = current_m();
        let me = m.id.get() as usize + 1;
        m.locks.set(m.locks.get() + 1);
        if HOLDER.load(Ordering::Relaxed) != me {
            let mut tries = 0;
            while HOLDER.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed).is_err() {
                tries += 1;
                if m.dying.get() != 0 && tries > 100 {
                    HOLDER.store(me, Ordering::Relaxed);
                    DEPTH.store(0, Ordering::Relaxed);
                    break;
                }
                os::usleep(20);
            }
        }
        DEPTH.fetch_add(1, Ordering::Relaxed);
    }
    g0_entry!("runtime.printlock", printlock);

    /// Ends it.
    extern "C" fn printunlock() {
        let m = current_m();
        m.locks.set(m.locks.get() - 1);
        if DEPTH.fetch_sub(1, Ordering::Relaxed) == 1 {
            HOLDER.store(0, Ordering::Release);
        }
    }
    g0_entry!("runtime.printunlock", printunlock);

    extern "C" fn print_string(p: *const u8, n: usize) {
        if n != 0 {
            // SAFETY: a Go string.
            emit(unsafe { core::slice::from_raw_parts(p, n) });
        }
    }
    g0_entry!("runtime.printstring", print_string);

    extern "C" fn print_int(v: i64) {
        error(format_args!("{v}"));
    }
    g0_entry!("runtime.printint", print_int);

    extern "C" fn print_uint(v: u64) {
        error(format_args!("{v}"));
    }
    g0_entry!("runtime.printuint", print_uint);

    extern "C" fn print_hex(v: u64) {
        error(format_args!("{v:#x}"));
    }
    g0_entry!("runtime.printhex", print_hex);
    g0_entry!("runtime.printpointer", print_hex);

    extern "C" fn print_bool(v: u64) {
        emit(if v & 0xff != 0 { b"true" } else { b"false" });
    }
    g0_entry!("runtime.printbool", print_bool);

    extern "C" fn print_space() {
        emit(b" ");
    }
    g0_entry!("runtime.printsp", print_space);

    extern "C" fn print_newline() {
        emit(b"\n");
    }
    g0_entry!("runtime.printnl", print_newline);
}
#[cfg(not(test))]
use metal::emit;
#[cfg(not(test))]
pub(crate) use metal::printlock;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_comes_out_in_few_writes() {
        let long = "0123456789".repeat(130);
        error(format_args!("{long}{}", 7));
        let written = WRITTEN.take();
        assert_eq!(written.iter().map(std::vec::Vec::len).collect::<std::vec::Vec<_>>(), [512, 512, 277]);
        assert!(written.concat().ends_with(b"97"));
    }

    #[test]
    fn later_lines_are_indented() {
        let mut line = Line::new();
        let text = "b\n\nc";
        let _ = write!(Indented(&mut line), "a\n{text}\n");
        drop(line);
        assert_eq!(WRITTEN.take().concat(), b"a\n\tb\n\t\n\tc\n\t");
    }
}
