//! What the rooms of rt find here in place of the machine: memory that loom watches (`shared`), a futex (`os`), and memory that lasts
//! as long as an execution (`forever`). The models are the tests of this package.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub mod forever;
pub mod os;
pub mod shared;
pub mod steps;

/// Explores `f`: all executions, or with `preemptions` those in which no more threads than that are interrupted by others.
pub fn explore(preemptions: Option<usize>, f: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions.or(model.preemption_bound);
    model.max_branches = 20_000;
    let count = Arc::new(AtomicUsize::new(0));
    let executions = count.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        model.check(move || {
            count.fetch_add(1, Relaxed);
            forever::begin();
            steps::begin();
            f();
        });
    }));
    let executions = executions.load(Relaxed);
    println!("{executions} executions");
    if let Err(failure) = outcome {
        steps::print(format_args!("execution {executions} has failed"));
        resume_unwind(failure);
    }
}
