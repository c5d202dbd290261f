//! The lock, the note and the run queue.
//!
//! | model | invariant | planted bug that it finds |
//! |---|---|---|
//! | `a_lock_excludes` | one holder at a time; what it wrote the next one sees; nobody sleeps for ever | `unlock` without waking; `lock_slow` that sets HELD instead of CONTENDED; Relaxed in `lock` or `unlock` |
//! | `a_note_wakes` | the sleeper wakes, and sees what was written before `wake` | Relaxed in `wake` or `sleep`; `wake` without `futex_wake` |
//! | `a_note_with_a_deadline` | true only when woken; then the same | as above |
//! | `a_note_is_looked_at` | who looks first, and sleeps when that was in vain, wakes and sees the same | Relaxed in `spin_until` |
//! | `run_queue_hands_out_each_once` | owner and thieves get every element once, none is lost, whoever takes one sees what was written before `push` | `tail` or `head` published by Relaxed; `steal_into` that copies after the exchange |
//! | `a_full_ring_gives_half_away` | the same while the owner gives half of a full ring away | `take_half` that ignores a failed exchange |

pub(crate) use rgo_models::{const_fn, explore, forever, os, shared, shared_array};

#[path = "../../src/sync/mutex.rs"]
#[allow(dead_code)]
mod mutex;
#[path = "../../src/sync/note.rs"]
#[allow(dead_code)]
mod note;
#[path = "../../src/sched/run_queue.rs"]
#[allow(dead_code)]
mod run_queue;

use loom::thread;
use mutex::Mutex;
use note::Note;
use run_queue::RunQueue;
use shared::Cell;

#[test]
fn a_lock_excludes() {
    explore(Some(3), || {
        let lock = forever::make(Mutex::new(0));
        let others: Vec<_> = (0..2)
            .map(|_| {
                thread::spawn(move || {
                    *lock.lock() += 1;
                })
            })
            .collect();
        if let Some(mut held) = lock.try_lock() {
            *held += 10;
        }
        *lock.lock() += 1;
        others.into_iter().for_each(|t| t.join().unwrap());
        assert!(matches!(*lock.lock(), 3 | 13));
    });
}

/// A message and the note that announces it.
struct Event {
    note: Note,
    message: Cell<u32>,
}

// SAFETY: the note orders the uses of the message.
unsafe impl Sync for Event {}

impl Event {
    fn new() -> &'static Event {
        forever::make(Event { note: Note::new(), message: Cell::new(0) })
    }
}

#[test]
fn a_note_wakes() {
    explore(None, || {
        let event = Event::new();
        for round in 1..3 {
            let waker = thread::spawn(move || {
                event.message.set(round);
                event.note.wake();
            });
            event.note.sleep();
            assert_eq!(event.message.get(), round);
            waker.join().unwrap();
            event.note.clear();
        }
    });
}

#[test]
fn a_note_with_a_deadline() {
    explore(None, || {
        let event = Event::new();
        let waker = thread::spawn(move || {
            event.message.set(1);
            event.note.wake();
        });
        if event.note.sleep_for(2) || event.note.sleep_for(2) {
            assert_eq!(event.message.get(), 1);
        }
        waker.join().unwrap();
        assert!(event.note.sleep_for(1));
    });
}

#[test]
fn a_note_is_looked_at() {
    explore(None, || {
        let event = Event::new();
        let waker = thread::spawn(move || {
            event.message.set(1);
            event.note.wake();
        });
        if !event.note.spin_until(2) {
            event.note.sleep();
        }
        assert_eq!(event.message.get(), 1);
        waker.join().unwrap();
    });
}

/// An element: how often it has been taken, and what was written before it was queued.
struct Item {
    taken: Cell<u32>,
    written: Cell<u32>,
}
// SAFETY: the queue orders the uses of the cells; loom looks.
unsafe impl Sync for Item {}

fn items<const N: usize>() -> [&'static Item; N] {
    [(); N].map(|()| forever::make(Item { taken: Cell::new(0), written: Cell::new(0) }))
}

fn take(item: &Item) {
    assert_eq!(item.written.get(), 1);
    item.taken.set(item.taken.get() + 1);
}

fn put<const N: usize>(queue: &RunQueue<Item, N>, item: &'static Item) {
    item.written.set(1);
    assert!(queue.push(item).is_ok());
}

fn steal_all<const N: usize>(queue: &'static RunQueue<Item, N>) {
    let own = forever::make(RunQueue::<Item, N>::new());
    if let Some(item) = queue.steal_into(own) {
        take(item);
        while let Some(item) = own.pop() {
            take(item);
        }
    }
}

#[test]
fn run_queue_hands_out_each_once() {
    explore(Some(3), || {
        let queue: &'static RunQueue<Item, 2> = forever::make(RunQueue::new());
        let items = items::<3>();
        put(queue, items[0]);
        put(queue, items[1]);
        let thieves: Vec<_> = (0..2).map(|_| thread::spawn(move || steal_all(queue))).collect();
        if let Some(item) = queue.pop() {
            take(item);
        }
        if queue.len() < 2 {
            put(queue, items[2]);
        }
        thieves.into_iter().for_each(|t| t.join().unwrap());
        while let Some(item) = queue.pop() {
            take(item);
        }
        assert!(items.iter().all(|i| i.taken.get() == i.written.get()));
    });
}

#[test]
fn a_full_ring_gives_half_away() {
    explore(Some(3), || {
        let queue: &'static RunQueue<Item, 4> = forever::make(RunQueue::new());
        let items = items::<5>();
        items[..4].iter().for_each(|item| put(queue, item));
        let thief = thread::spawn(move || steal_all(queue));
        items[4].written.set(1);
        if queue.push(items[4]).is_err() {
            let mut given = 0;
            queue.take_half(|item| {
                given += 1;
                take(item);
            });
            assert!(given == 0 || given == 2);
            take(items[4]);
        }
        while let Some(item) = queue.pop() {
            take(item);
        }
        thief.join().unwrap();
        assert!(items.iter().all(|i| i.taken.get() == 1));
    });
}
