//! The CPU limit of the process's control group, versions 1 and 2 (proc(5), cgroups(7)).

use super::{errno, nr, syscall};

/// Longest line or path that is understood.
const LINE: usize = 4096;

/// Average processors that the process may use, rounded up; `None` without limit.
pub(crate) fn cpu_limit() -> Option<usize> {
    let mut place = Text::new();
    let version = group_of(|each| lines_of(b"/proc/self/cgroup\0", each), &mut place)?;
    let mut path = Text::new();
    lines_of(b"/proc/self/mountinfo\0", &mut |line| {
        path.len == 0 && mount_path(line, version, place.bytes(), &mut path)
    });
    if path.len == 0 {
        return None;
    }
    let number = |file: &[u8]| {
        let mut name = path;
        name.push(file);
        let mut found = None;
        lines_of(name.bytes(), &mut |line| {
            found = quota(line);
            true
        });
        found
    };
    let (quota, period) = match version {
        Version::V2 => number(b"/cpu.max\0")?,
        Version::V1 => (number(b"/cpu.cfs_quota_us\0")?.0, number(b"/cpu.cfs_period_us\0")?.0),
    };
    (quota > 0 && period > 0).then(|| quota.div_ceil(period) as usize)
}

/// Looks at a line; true: no more.
type Each<'a> = &'a mut dyn FnMut(&[u8]) -> bool;

/// Which of the two interfaces governs CPU time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Version {
    V1,
    V2,
}

/// Bytes up to a bound; what does not fit makes it unusable.
#[derive(Clone, Copy)]
struct Text {
    buf: [u8; LINE],
    len: usize,
}

impl Text {
    fn new() -> Text {
        Text { buf: [0; LINE], len: 0 }
    }

    fn push(&mut self, bytes: &[u8]) {
        let Some(room) = self.buf.get_mut(self.len..self.len + bytes.len()) else { return };
        room.copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn bytes(&self) -> &[u8] {
        &self.buf[..self.len]
    }
}

/// Calls `each` with the lines of a file (name ended by 0) until it returns true.
fn lines_of(name: &[u8], each: Each<'_>) {
    const O_CLOEXEC: usize = 0o2_000_000;
    let at_cwd = -100isize as usize;
    let fd = syscall(nr::OPENAT, [at_cwd, name.as_ptr() as usize, O_CLOEXEC, 0, 0, 0]);
    if errno(fd).is_some() {
        return;
    }
    let mut buf = [0u8; LINE];
    let (mut used, mut too_long, mut done) = (0, false, false);
    while !done {
        let room = &mut buf[used..];
        let n = syscall(nr::READ, [fd as usize, room.as_mut_ptr() as usize, room.len(), 0, 0, 0]);
        if n <= 0 {
            break;
        }
        used += n as usize;
        let mut start = 0;
        while !done && let Some(end) = buf[start..used].iter().position(|&b| b == b'\n') {
            done = !too_long && each(&buf[start..start + end]);
            too_long = false;
            start += end + 1;
        }
        buf.copy_within(start..used, 0);
        used -= start;
        if used == LINE {
            (used, too_long) = (0, true);
        }
    }
    if !done && used > 0 && !too_long {
        each(&buf[..used]);
    }
    syscall(nr::CLOSE, [fd as usize, 0, 0, 0, 0, 0]);
}

/// From the lines of `/proc/self/cgroup`: who governs CPU time, and the group's path in that hierarchy.
fn group_of(lines: impl FnOnce(Each<'_>), place: &mut Text) -> Option<Version> {
    let mut version = None;
    lines(&mut |line| {
        // hierarchy-ID:controller-list:path
        let mut parts = line.splitn(3, |&b| b == b':');
        let (Some(id), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        let v1 = controllers.split(|&b| b == b',').any(|c| c == b"cpu");
        if v1 || id == b"0" && version.is_none() {
            version = Some(if v1 { Version::V1 } else { Version::V2 });
            place.len = 0;
            place.push(path);
        }
        v1
    });
    version
}

/// If a line of mountinfo is that of the hierarchy, where the files of the group at `place` are.
fn mount_path(line: &[u8], version: Version, place: &[u8], path: &mut Text) -> bool {
    // ID parent device root mount-point options [optional fields] - type source super-options
    let mut fields = line.split(|&b| b == b' ');
    let (Some(root), Some(mount)) = (fields.nth(3), fields.next()) else { return false };
    let mut rest = fields.skip_while(|f| *f != b"-").skip(1);
    let (Some(kind), Some(_), Some(options)) = (rest.next(), rest.next(), rest.next()) else { return false };
    let matches = match version {
        Version::V2 => kind == b"cgroup2",
        Version::V1 => kind == b"cgroup" && options.split(|&b| b == b',').any(|o| o == b"cpu"),
    };
    let root: &[u8] = if root == b"/" { b"" } else { root };
    let Some(below) = place.strip_prefix(root).filter(|_| matches) else { return false };
    if !below.is_empty() && below[0] != b'/' {
        return false;
    }
    // Blanks and backslashes in paths are escaped as octal numbers.
    let mut bytes = mount.iter();
    while let Some(&b) = bytes.next() {
        let byte = match b {
            b'\\' => {
                (0..3).fold(0u8, |n, _| n.wrapping_mul(8).wrapping_add(bytes.next().map_or(0, |d| d & 7)))
            }
            b => b,
        };
        path.push(&[byte]);
    }
    if below != b"/" {
        path.push(below);
    }
    true
}

/// One or two numbers of a limit file; `max` and negative numbers are no limit.
fn quota(line: &[u8]) -> Option<(u64, u64)> {
    let number = |text: &[u8]| core::str::from_utf8(text).ok()?.parse::<u64>().ok();
    let mut parts = line.split(|&b| b == b' ');
    let first = number(parts.next()?)?;
    Some((first, parts.next().and_then(number).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(text: &str) -> Option<(Version, String)> {
        let mut place = Text::new();
        let lines = |each: Each<'_>| {
            let _ = text.lines().any(|l| each(l.as_bytes()));
        };
        let version = group_of(lines, &mut place)?;
        Some((version, String::from_utf8_lossy(place.bytes()).into_owned()))
    }

    #[test]
    fn finds_the_group_of_either_version() {
        assert_eq!(group("0::/a/b\n"), Some((Version::V2, "/a/b".into())));
        assert_eq!(group("4:memory:/m\n3:cpu,cpuacct:/c\n0::/u\n"), Some((Version::V1, "/c".into())));
        assert_eq!(group("4:memory:/m\n"), None);
    }

    #[test]
    fn finds_the_files() {
        let path = |line: &str, version, place: &str| {
            let mut path = Text::new();
            mount_path(line.as_bytes(), version, place.as_bytes(), &mut path)
                .then(|| String::from_utf8_lossy(path.bytes()).into_owned())
        };
        let v2 = "31 24 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate";
        assert_eq!(path(v2, Version::V2, "/a/b").unwrap(), "/sys/fs/cgroup/a/b");
        assert_eq!(path(v2, Version::V2, "/").unwrap(), "/sys/fs/cgroup");
        assert_eq!(path(v2, Version::V1, "/"), None);
        let v1 = "56 22 0:30 /docker/x /sys/fs/c\\040g/cpu ro - cgroup cgroup rw,cpu,cpuacct";
        assert_eq!(path(v1, Version::V1, "/docker/x").unwrap(), "/sys/fs/c g/cpu");
        assert_eq!(path(v1, Version::V1, "/docker/x/y").unwrap(), "/sys/fs/c g/cpu/y");
        assert_eq!(path(v1, Version::V1, "/other"), None);
    }

    #[test]
    fn reads_limits() {
        assert_eq!(quota(b"150000 100000"), Some((150000, 100000)));
        assert_eq!(quota(b"max 100000"), None);
        assert_eq!(quota(b"-1"), None);
        assert_eq!(quota(b"50000"), Some((50000, 0)));
    }
}
