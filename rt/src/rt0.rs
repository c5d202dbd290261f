//! The first Rust code of the process: arguments, environment, auxiliary vector; then the scheduler.

use crate::os;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const AT_SYSINFO_EHDR: usize = 33;
const AT_SECURE: usize = 23;

// Set before any other thread exists.
static ARGC: AtomicUsize = AtomicUsize::new(0);
static ARGV: AtomicUsize = AtomicUsize::new(0);
static ENVP: AtomicUsize = AtomicUsize::new(0);
static AUXV: AtomicUsize = AtomicUsize::new(0);
/// The program has rights that who started it has not (setuid): it must not reveal what its memory holds.
static SECURE: AtomicBool = AtomicBool::new(false);
static CPUS: AtomicUsize = AtomicUsize::new(1);

/// Called by the entry point with the kernel's initial stack pointer.
pub(crate) extern "C" fn rt0(sp: *const usize) -> ! {
    // SAFETY: the kernel puts argc there,
    let argc = unsafe { *sp };
    // SAFETY: argv after it, with a nil at its end,
    let argv = unsafe { sp.add(1) };
    // SAFETY: then the environment, with a nil at its end,
    let envp = unsafe { argv.add(argc + 1) };
    let mut end = envp;
    // SAFETY: (which the loop stops at)
    while unsafe { *end } != 0 {
        // SAFETY: not yet at the end.
        end = unsafe { end.add(1) };
    }
    // SAFETY: and then the auxiliary vector.
    let auxv = unsafe { end.add(1) }.cast::<[usize; 2]>();
    ARGC.store(argc, Ordering::Relaxed);
    ARGV.store(argv as usize, Ordering::Relaxed);
    ENVP.store(envp as usize, Ordering::Relaxed);
    AUXV.store(auxv as usize, Ordering::Relaxed);
    // SAFETY: this is the kernel's vector.
    let vdso = unsafe { os::auxv(auxv, AT_SYSINFO_EHDR) };
    // SAFETY: as above.
    SECURE.store(unsafe { os::auxv(auxv, AT_SECURE) }.unwrap_or(0) != 0, Ordering::Relaxed);
    // SAFETY: the value comes from that entry.
    unsafe { os::vdso_init(vdso.unwrap_or(0)) };
    os::clock_init();
    open_standard_files();
    crate::sched::init::start()
}

/// Opens `/dev/null` as those of the first three file descriptors that are closed: or the first files that the program opens would
/// become its standard input or output.
fn open_standard_files() {
    const F_GETFD: i32 = 1;
    for fd in 0..3 {
        if os::errno(os::fcntl(fd, F_GETFD, 0)) != Some(os::EBADF) {
            continue;
        }
        let opened = os::open_read_write(c"/dev/null");
        if os::errno(opened).is_some() {
            // Nobody can read it if that is standard error; the exit status tells.
            let text = "runtime: could not open /dev/null\nfatal error: could not open /dev/null\n";
            os::write(2, text.as_bytes());
            os::exit(2);
        }
    }
}

/// Does the process run with more rights than who started it?
pub(crate) fn is_secure() -> bool {
    SECURE.load(Ordering::Relaxed)
}

extern "C" fn is_secure_mode() -> u64 {
    is_secure() as u64
}
leaf_entry!("runtime.isSecureMode", is_secure_mode);

/// Value of an environment variable, as it was when the process started.
pub(crate) fn env(name: &[u8]) -> Option<&'static [u8]> {
    let mut at = ENVP.load(Ordering::Relaxed) as *const *const u8;
    loop {
        // SAFETY: the array ends with nil, where the loop ends.
        let entry = unsafe { *at };
        if entry.is_null() {
            return None;
        }
        // SAFETY: entries are C strings that live as long as the process.
        let text = unsafe { c_string(entry) };
        if let Some(value) = text.strip_prefix(name).and_then(|rest| rest.strip_prefix(b"=")) {
            return Some(value);
        }
        // SAFETY: this was not the end.
        at = unsafe { at.add(1) };
    }
}

/// Value of a setting in the environment variable GODEBUG; the last one counts.
pub(crate) fn godebug(name: &[u8]) -> Option<&'static [u8]> {
    let items = env(b"GODEBUG")?.rsplit(|&b| b == b',');
    items.filter_map(|item| item.strip_prefix(name)?.strip_prefix(b"=")).next()
}

/// Whether this setting of `GODEBUG` is there and not 0.
pub(crate) fn godebug_is_on(name: &[u8]) -> bool {
    godebug(name).is_some_and(|value| value != b"0")
}

/// The bytes of a C string.
///
/// # Safety
/// `p` points at a terminated string that is never freed.
unsafe fn c_string(p: *const u8) -> &'static [u8] {
    let mut len = 0;
    // SAFETY: up to the terminator every byte belongs to the string. Volatile, or LLVM makes the loop a call of strlen.
    while unsafe { p.add(len).read_volatile() } != 0 {
        len += 1;
    }
    // SAFETY: as above.
    unsafe { core::slice::from_raw_parts(p, len) }
}

pub(crate) fn set_cpu_count(n: usize) {
    CPUS.store(n, Ordering::Relaxed);
}

/// Processors that the process could use when it started.
pub(crate) fn cpu_count() -> usize {
    CPUS.load(Ordering::Relaxed)
}

extern "C" fn argc() -> usize {
    ARGC.load(Ordering::Relaxed)
}
leaf_entry!("runtime.argc", argc);

extern "C" fn argv() -> usize {
    ARGV.load(Ordering::Relaxed)
}
leaf_entry!("runtime.argv", argv);

extern "C" fn envp() -> usize {
    ENVP.load(Ordering::Relaxed)
}
leaf_entry!("runtime.envp", envp);

extern "C" fn auxv() -> usize {
    AUXV.load(Ordering::Relaxed)
}
leaf_entry!("runtime.auxv", auxv);
