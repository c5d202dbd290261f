//! Ordered parallel map over scoped threads.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Applies `work` to every item on up to `threads` threads; results are in the items' order.
pub(crate) fn map<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = threads.min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    // Relaxed: the counter only hands out indexes; joining the threads publishes the results.
    let next = AtomicUsize::new(0);
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let run = || {
            let mut mine = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                match items.get(index) {
                    Some(item) => mine.push((index, work(item))),
                    None => return mine,
                }
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload)))
            .collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn keeps_order() {
        let items: Vec<u32> = (0..1000).collect();
        assert_eq!(super::map(4, &items, |x| x * 2), items.iter().map(|x| x * 2).collect::<Vec<_>>());
    }
}
