//! Semaphores and condition variables.
//!
//! | model | invariant | planted bug that it finds |
//! |---|---|---|
//! | `a_token_is_taken_once` | as many acquire as there are tokens, and nobody waits while there is one | `wait` that tries the word before it counts itself; `release` that looks at the count before it adds the token |
//! | `a_mutex_of_tokens` | the word as a mutex: one inside, nobody waits for ever, also with the token handed over | `acquire_resume` that takes `ticket` for granted |
//! | `two_words_in_a_bucket` | a release wakes who waits at its own address | `find` that returns the first |
//! | `notified_in_order` | `notify_one` wakes the lowest ticket even when its goroutine is still on the way | `sleep_on` that does not look at `notify` |
//! | `notify_all_reaches_everyone` | whoever had a ticket goes on | `notify_all` that takes `wait` before the lock and the list after |

use crate::hosted::{become_goroutine, enter, go};
use crate::notify_list::{self, NotifyList};
use crate::sched::WaitReason;
use crate::sema::{self, Order};
use crate::shared::{AtomicU32, Cell, Ordering};
use crate::{explore, forever};

fn acquire(word: &'static AtomicU32) {
    enter(|| sema::acquire(word, Order::Fifo, WaitReason::Semacquire));
}

fn release(word: &'static AtomicU32, handoff: bool) {
    enter(|| sema::release(word, handoff, 0));
}

#[test]
fn a_token_is_taken_once() {
    explore(Some(3), || {
        become_goroutine();
        let word: &'static AtomicU32 = forever::make(AtomicU32::new(0));
        let acquirer = go(move || acquire(word));
        let other = go(move || {
            release(word, false);
            acquire(word);
        });
        release(word, false);
        acquirer.join().unwrap();
        other.join().unwrap();
        assert_eq!(word.load(Ordering::SeqCst), 0);
    });
}

struct Guarded(Cell<u32>);
// SAFETY: the semaphore guards it; loom looks.
unsafe impl Sync for Guarded {}

#[test]
fn a_mutex_of_tokens() {
    for handoff in [false, true] {
        explore(Some(2), move || {
            become_goroutine();
            let word: &'static AtomicU32 = forever::make(AtomicU32::new(1));
            let inside: &'static Guarded = forever::make(Guarded(Cell::new(0)));
            let visit = move || {
                acquire(word);
                inside.0.set(inside.0.get() + 1);
                release(word, handoff);
            };
            let others = [go(visit), go(visit)];
            visit();
            others.into_iter().for_each(|t| t.join().unwrap());
            assert_eq!((inside.0.get(), word.load(Ordering::SeqCst)), (3, 1));
        });
    }
}

#[test]
fn two_words_in_a_bucket() {
    explore(Some(2), || {
        become_goroutine();
        let words: [&'static AtomicU32; 2] = [0; 2].map(|n| &*forever::make(AtomicU32::new(n)));
        let first = go(move || {
            acquire(words[0]);
            release(words[1], false);
        });
        let second = go(move || acquire(words[1]));
        release(words[0], false);
        first.join().unwrap();
        second.join().unwrap();
        assert!(words.iter().all(|w| w.load(Ordering::SeqCst) == 0));
    });
}

fn list() -> &'static NotifyList {
    struct List(NotifyList);
    // SAFETY: made for sharing.
    unsafe impl Sync for List {}
    let list: &'static List = forever::make(List(NotifyList::new()));
    &list.0
}

#[derive(Clone, Copy)]
struct Shared(&'static NotifyList);
// SAFETY: made for sharing.
unsafe impl Send for Shared {}
impl Shared {
    fn sleep(self, ticket: u64) {
        enter(|| notify_list::sleep_on(self.0, ticket as u32));
    }
}

#[test]
fn notified_in_order() {
    explore(Some(3), || {
        become_goroutine();
        let l = Shared(list());
        // Both have their tickets, as they take them under the lock of the condition.
        let (first, second) = (notify_list::add(l.0), notify_list::add(l.0));
        let served: &'static AtomicU32 = forever::make(AtomicU32::new(0));
        let a = go(move || {
            l.sleep(first);
            served.fetch_add(1, Ordering::Relaxed);
        });
        let b = go(move || {
            l.sleep(second);
            served.fetch_add(1, Ordering::Relaxed);
        });
        notify_list::notify_one(l.0);
        a.join().unwrap();
        notify_list::notify_one(l.0);
        b.join().unwrap();
        assert_eq!(served.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn notify_all_reaches_everyone() {
    explore(Some(3), || {
        become_goroutine();
        let l = Shared(list());
        let ticket = notify_list::add(l.0);
        let a = go(move || l.sleep(ticket));
        let b = go(move || {
            let ticket = notify_list::add(l.0);
            notify_list::notify_all(l.0);
            l.sleep(ticket);
        });
        notify_list::notify_all(l.0);
        a.join().unwrap();
        b.join().unwrap();
    });
}
