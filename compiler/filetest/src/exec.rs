//! Runs one process to its end or to a time limit, and keeps what it printed.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A program that prints more than this is wrong; the rest is read and thrown away.
const MAX_OUTPUT: usize = 8 << 20;

/// How a process ended, and what it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub status: Status,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Exit(i32),
    Signal(i32),
    TimedOut,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit {code}"),
            Self::Signal(number) => write!(f, "signal {number}"),
            Self::TimedOut => write!(f, "timed out"),
        }
    }
}

/// Runs `command` with `input` on standard input.
pub fn run(mut command: Command, input: &[u8], limit: Duration) -> std::io::Result<Outcome> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    let input = input.to_vec();
    thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            // A program that does not read its input closes the pipe: not this test's business.
            let _ = stdin.write_all(&input);
        }
    });
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let status = wait(&mut child, limit)?;
    Ok(Outcome {
        status,
        stdout: stdout.recv_timeout(GRACE).unwrap_or_default(),
        stderr: stderr.recv_timeout(GRACE).unwrap_or_default(),
    })
}

/// Runs `command` without input; standard output and error come as one stream, in the order in which they were written.
pub fn run_merged(mut command: Command, limit: Duration) -> std::io::Result<(Status, Vec<u8>)> {
    let (reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
    let mut child = command.spawn()?;
    // It holds the pipe's other ends.
    drop(command);
    let output = drain(Some(reader));
    let status = wait(&mut child, limit)?;
    Ok((status, output.recv_timeout(GRACE).unwrap_or_default()))
}

/// A grandchild that outlives its parent may keep the pipes open that long.
const GRACE: Duration = Duration::from_secs(2);

fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Status> {
    let start = Instant::now();
    let mut nap = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(match (status.code(), status.signal()) {
                (Some(code), _) => Status::Exit(code),
                (None, signal) => Status::Signal(signal.unwrap_or(0)),
            });
        }
        if start.elapsed() > limit {
            kill_group(child.id());
            child.kill()?;
            child.wait()?;
            return Ok(Status::TimedOut);
        }
        thread::sleep(nap);
        nap = (nap * 2).min(Duration::from_millis(20));
    }
}

/// Ends what a child started, too; the child leads a process group of its own.
fn kill_group(leader: u32) {
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{leader}")]).stderr(Stdio::null()).status();
}

fn drain<R: Read + Send + 'static>(pipe: Option<R>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut pipe) = pipe {
            let mut chunk = vec![0; 64 << 10];
            while let Ok(n @ 1..) = pipe.read(&mut chunk) {
                kept.extend_from_slice(&chunk[..n.min(MAX_OUTPUT - kept.len())]);
            }
        }
        let _ = sender.send(kept);
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::{Status, run};
    use std::process::Command;
    use std::time::Duration;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_status() {
        let outcome = run(shell("cat; echo e >&2; exit 3"), b"in", Duration::from_secs(10)).unwrap();
        assert_eq!(outcome.status, Status::Exit(3));
        assert_eq!((outcome.stdout.as_slice(), outcome.stderr.as_slice()), (&b"in"[..], &b"e\n"[..]));
    }

    #[test]
    fn time_limit() {
        let outcome = run(shell("sleep 30"), b"", Duration::from_millis(50)).unwrap();
        assert_eq!(outcome.status, Status::TimedOut);
    }
}
