//! The state of the version control around a main package, for the build information. Only git is asked.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One working tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct VcsState {
    pub revision: String,
    /// Of the commit, as RFC 3339 in UTC.
    pub time: String,
    pub modified: bool,
    /// The version that the main module would have at this commit.
    pub module_version: Option<String>,
}

/// What the version control is asked about.
#[derive(Clone, Debug)]
pub(crate) struct VcsQuery {
    /// Of the main package.
    pub dir: PathBuf,
    /// Of the main module.
    pub module_dir: PathBuf,
    pub module_path: String,
}

impl VcsQuery {
    /// Asks git about the tree that holds the package. `Ok(None)` when there is no tree; an error completes "error obtaining VCS
    /// status: ".
    pub(crate) fn state(&self) -> Result<Option<VcsState>, String> {
        state(&self.dir, &self.module_dir, &self.module_path)
    }
}

fn state(dir: &Path, module_dir: &Path, module_path: &str) -> Result<Option<VcsState>, String> {
    let Some(root) = dir.ancestors().find(|dir| dir.join(".git").exists()) else { return Ok(None) };
    let log = match git(root, &["-c", "log.showsignature=false", "log", "-1", "--format=%H:%ct"])? {
        Some(text) => text,
        // No commit yet.
        None => return Ok(None),
    };
    let (revision, seconds) = log.split_once(':').ok_or("unexpected output of git log")?;
    let seconds: i64 = seconds.parse().map_err(|_| "unexpected output of git log")?;
    let modified = !git(root, &["status", "--porcelain"])?.unwrap_or_default().is_empty();
    let module_version =
        if module_dir == root { module_version(root, module_path, revision, seconds)? } else { None };
    Ok(Some(VcsState {
        revision: revision.to_owned(),
        time: rfc3339(seconds),
        modified,
        module_version: module_version
            .map(|version| if modified { format!("{version}+dirty") } else { version }),
    }))
}

/// The tag at the commit, else a pseudo-version after the latest tag before it.
fn module_version(
    root: &Path,
    module_path: &str,
    revision: &str,
    seconds: i64,
) -> Result<Option<String>, String> {
    let major = module_major(module_path);
    let latest = |args: &[&str]| -> Result<Option<String>, String> {
        let tags = git(root, args)?.unwrap_or_default();
        let tags = tags.lines().filter(|tag| is_release_tag(tag) && tag_major(tag) == major);
        Ok(tags.max_by(|a, b| numbers(a).cmp(&numbers(b))).map(str::to_owned))
    };
    if let Some(tag) = latest(&["tag", "--points-at", revision])? {
        return Ok(Some(tag));
    }
    let before = latest(&["tag", "--merged", revision])?;
    let stamp: String = rfc3339(seconds).chars().filter(char::is_ascii_digit).collect();
    let hash = &revision[..revision.len().min(12)];
    Ok(Some(match before {
        Some(tag) => {
            let (major, minor, patch) = numbers(&tag);
            format!("v{major}.{minor}.{}-0.{stamp}-{hash}", patch + 1)
        }
        None => format!("v{major}.0.0-{stamp}-{hash}"),
    }))
}

/// 0 stands for v0 and v1.
fn module_major(path: &str) -> u64 {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.strip_prefix('v').and_then(|n| n.parse().ok()).filter(|&n| n >= 2).unwrap_or(0)
}

fn tag_major(tag: &str) -> u64 {
    let major = numbers(tag).0;
    if major < 2 { 0 } else { major }
}

/// `v1.2.3`, without pre-release.
fn is_release_tag(tag: &str) -> bool {
    let Some(rest) = tag.strip_prefix('v') else { return false };
    let parts: Vec<&str> = rest.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|p| {
            !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()) && (p.len() == 1 || !p.starts_with('0'))
        })
}

fn numbers(tag: &str) -> (u64, u64, u64) {
    let mut parts = tag.trim_start_matches('v').split('.').map(|n| n.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

/// Standard output of git, trimmed; `None` when it fails.
fn git(root: &Path, args: &[&str]) -> Result<Option<String>, String> {
    let output = Command::new("git").args(args).current_dir(root).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("running git: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(output.status.success().then_some(text))
}

/// Seconds since 1970 as `2024-01-02T03:04:05Z` (the proleptic Gregorian calendar, days counted in 400-year eras from March).
fn rfc3339(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_tags() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_709_210_096), "2024-02-29T12:34:56Z");
        assert!(is_release_tag("v1.20.3") && !is_release_tag("v1.2") && !is_release_tag("v1.2.3-rc1"));
        assert_eq!((module_major("a.com/b/v3"), module_major("a.com/v1")), (3, 0));
    }
}
