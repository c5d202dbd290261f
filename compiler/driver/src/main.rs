//! The `rgo` command: the only crate that reads the environment, prints, or exits.
//!
//! In: arguments and environment. Out: an executable, a running program, or messages; the exit status follows the go
//! command (0 success, 1 a program or build that failed, 2 wrong usage). `cli` turns arguments into a request, a
//! `*_cmd` module per command carries it out, `pipeline` is the list of compiler stages.

mod build_cache;
mod build_cmd;
mod build_info;
mod clean_cmd;
mod cleanup;
mod cli;
mod compile;
mod decisions;
mod dump;
mod embedded;
mod env;
mod env_cmd;
mod explain;
mod external_link;
mod file_names;
mod flags;
mod help;
mod link_values;
mod linknames;
mod output;
mod pipeline;
mod progress;
mod quoted;
mod report;
mod run_cmd;
mod test_cmd;
mod test_flags;
mod test_json;
mod time;
mod tool_cmd;
mod vcs;
mod version_cmd;

use std::process::ExitCode;

use cli::Command;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Recursion over deeply nested programs needs more stack than a main thread is sure to have; it is only reserved.
const STACK_BYTES: usize = 512 << 20;

fn main() -> ExitCode {
    let worker = std::thread::Builder::new().name("rgo".to_owned()).stack_size(STACK_BYTES).spawn(command);
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(status)) => status,
        // The panic has printed what and where.
        Ok(Err(_)) => {
            eprintln!("rgo: internal compiler error; please report it with the program that causes it");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("rgo: starting: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> ExitCode {
    let environment = env::Environment::read();
    let args: Vec<String> = match std::env::args_os().skip(1).map(std::ffi::OsString::into_string).collect() {
        Ok(args) => args,
        Err(bad) => {
            eprintln!("rgo: argument {bad:?} is not valid UTF-8");
            return ExitCode::from(2);
        }
    };
    let command = match cli::parse(&args, &environment) {
        Ok(command) => command,
        Err(usage) => {
            eprintln!("{}", usage.0);
            return ExitCode::from(usage.1);
        }
    };
    match carry_out(command, &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            for line in &failed.lines {
                eprintln!("{line}");
            }
            ExitCode::from(failed.status)
        }
    }
}

fn carry_out(command: Command, environment: &env::Environment) -> Result<(), Failed> {
    match command {
        Command::Build(build) => build_cmd::build(&build, environment),
        Command::Run(run) => run_cmd::run(&run, environment),
        Command::Test(test) => test_cmd::test(&test, environment),
        Command::ToolCompile(compile) => tool_cmd::compile(&compile, environment),
        Command::WhichTool(args) => tool_cmd::which(&args),
        Command::Clean(clean) => clean_cmd::clean(&clean, environment),
        Command::Env(query) => env_cmd::env(&query, environment),
        Command::Version(query) => version_cmd::version(&query, environment),
        Command::Help(text) => {
            print!("{text}");
            Ok(())
        }
    }
}

/// A command that did not succeed: what to print, and the exit status.
#[derive(Debug)]
struct Failed {
    lines: Vec<String>,
    status: u8,
}

impl Failed {
    /// The usual failure: status 1.
    fn new(line: impl Into<String>) -> Failed {
        Failed { lines: vec![line.into()], status: 1 }
    }

    fn of(lines: Vec<String>) -> Failed {
        Failed { lines, status: 1 }
    }
}
