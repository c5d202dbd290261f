//! Finds runs of free pages: address-ordered first fit over a bitmap, with a segment tree of summaries above it.
//!
//! In: "n pages please", "these n pages are free again". Out: page indexes (the owner turns them into addresses).
//! Pages are grouped into chunks of 512; the leaf of a chunk and every inner node say how long the free run at the
//! start, at the end and anywhere inside is, so a search goes down one path and an update climbs one (the idea is that
//! of gc's page allocator, with a binary tree where gc has five levels of arrays).
//!
//! A second bitmap holds the *clean* pages: never written, or given back to the system, so they read as zero and occupy
//! no memory. Allocation reports whether all pages of the run were clean (then nothing has to be zeroed), the
//! scavenger turns free pages clean.
//!
//! Invariants: a page is free only below `limit`; `clean` implies free; inner nodes equal the join of their children.
//! The three tables are plain slices over memory that reads as zero at first, so an untouched part costs nothing.

/// Pages per chunk: one leaf of the tree.
pub const CHUNK_PAGES: usize = 512;
const CHUNK_WORDS: usize = CHUNK_PAGES / 64;

/// Free runs below a node, in pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct Summary {
    start: u32,
    max: u32,
    end: u32,
}

/// The allocator. `tree` has `2 * chunks` nodes (root 1, leaves from `chunks` on), the bitmaps a bit per page.
pub struct PageAlloc {
    tree: &'static mut [Summary],
    free: &'static mut [u64],
    clean: &'static mut [u64],
    chunks: usize,
    /// Pages handed over so far: `[0, limit)`.
    limit: usize,
    free_pages: usize,
    clean_pages: usize,
}

/// A run handed out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// First page.
    pub page: usize,
    /// Every page reads as zero.
    pub zeroed: bool,
}

impl PageAlloc {
    /// Tables for `chunks` (a power of two) chunks, all zero, with no page handed over yet.
    pub fn new(
        chunks: usize,
        tree: &'static mut [Summary],
        free: &'static mut [u64],
        clean: &'static mut [u64],
    ) -> PageAlloc {
        assert!(chunks.is_power_of_two() && tree.len() == 2 * chunks);
        assert!(free.len() == chunks * CHUNK_WORDS && clean.len() == free.len());
        PageAlloc { tree, free, clean, chunks, limit: 0, free_pages: 0, clean_pages: 0 }
    }

    /// Pages that can ever be handed over.
    pub fn capacity(&self) -> usize {
        self.chunks * CHUNK_PAGES
    }

    /// End of the pages handed over.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Free pages.
    pub fn free_pages(&self) -> usize {
        self.free_pages
    }

    /// Free pages that occupy no memory.
    pub fn clean_pages(&self) -> usize {
        self.clean_pages
    }

    /// All of `n` pages from `page` on are clean.
    pub fn is_clean(&self, page: usize, n: usize) -> bool {
        count_range(self.clean, page, n) == n
    }

    /// Hands over the `n` pages from `limit` on, clean.
    pub fn grow(&mut self, n: usize) {
        let page = self.limit;
        assert!(page + n <= self.capacity());
        self.limit += n;
        set_range(self.clean, page, n, true);
        self.clean_pages += n;
        self.free(page, n);
    }

    /// Takes the lowest run of `n` pages.
    pub fn alloc(&mut self, n: usize) -> Option<Run> {
        debug_assert!(n > 0);
        let page = self.find(n)?;
        debug_assert_eq!(count_range(self.free, page, n), n);
        set_range(self.free, page, n, false);
        let clean = count_range(self.clean, page, n);
        if clean > 0 {
            set_range(self.clean, page, n, false);
        }
        self.free_pages -= n;
        self.clean_pages -= clean;
        self.update(page, n);
        Some(Run { page, zeroed: clean == n })
    }

    /// Gives back `n` pages from `page` on.
    pub fn free(&mut self, page: usize, n: usize) {
        debug_assert_eq!(count_range(self.free, page, n), 0, "page freed twice");
        set_range(self.free, page, n, true);
        self.free_pages += n;
        self.update(page, n);
    }

    /// Finds the highest free run that occupies memory, below page `below`, at most `max` pages of one chunk, and
    /// declares it clean. The caller gives the run back to the system before anyone can allocate it. Returns
    /// (page, pages), or `None` when everything free below `below` is clean.
    pub fn scavenge(&mut self, below: usize, max: usize) -> Option<(usize, usize)> {
        let mut word = below.div_ceil(64);
        let mut mask = if below.is_multiple_of(64) { u64::MAX } else { (1 << (below % 64)) - 1 };
        while word > 0 {
            word -= 1;
            if word % CHUNK_WORDS == CHUNK_WORDS - 1 && mask == u64::MAX {
                // A whole chunk with nothing free is skipped by its summary.
                if self.tree[self.chunks + word / CHUNK_WORDS].max == 0 {
                    word -= CHUNK_WORDS - 1;
                    continue;
                }
            }
            let dirty = self.free[word] & !self.clean[word] & mask;
            mask = u64::MAX;
            if dirty == 0 {
                continue;
            }
            let high = 63 - dirty.leading_zeros() as usize;
            let run = (dirty << (63 - high)).leading_ones() as usize;
            let (mut page, mut n) = (word * 64 + high + 1 - run, run);
            if n > max {
                page += n - max;
                n = max;
            }
            // Extend down through whole dirty words of the same chunk.
            while n + 64 <= max && page.is_multiple_of(64) && !page.is_multiple_of(CHUNK_PAGES) {
                let w = page / 64 - 1;
                if self.free[w] & !self.clean[w] != u64::MAX {
                    break;
                }
                page -= 64;
                n += 64;
            }
            set_range(self.clean, page, n, true);
            self.clean_pages += n;
            return Some((page, n));
        }
        None
    }

    fn find(&self, n: usize) -> Option<usize> {
        if (self.tree[1].max as usize) < n {
            return None;
        }
        let (mut node, mut first, mut pages) = (1, 0, self.capacity());
        while node < self.chunks {
            let (left, right) = (self.tree[2 * node], self.tree[2 * node + 1]);
            pages /= 2;
            if left.max as usize >= n {
                node *= 2;
            } else if (left.end + right.start) as usize >= n {
                return Some(first + pages - left.end as usize);
            } else {
                node = 2 * node + 1;
                first += pages;
            }
        }
        let words = &self.free[first / 64..first / 64 + CHUNK_WORDS];
        // The leaf's maximum says that the run exists.
        find_run(words, n).map(|at| first + at)
    }

    /// Recomputes the summaries above `n` pages from `page` on.
    fn update(&mut self, page: usize, n: usize) {
        let (mut lo, mut hi) = (page / CHUNK_PAGES, (page + n - 1) / CHUNK_PAGES);
        for chunk in lo..=hi {
            self.tree[self.chunks + chunk] =
                summarize(&self.free[chunk * CHUNK_WORDS..(chunk + 1) * CHUNK_WORDS]);
        }
        (lo, hi) = (lo + self.chunks, hi + self.chunks);
        let mut half = CHUNK_PAGES as u32;
        while lo > 1 {
            (lo, hi) = (lo / 2, hi / 2);
            let mut unchanged = true;
            for node in lo..=hi {
                let joined = join(self.tree[2 * node], self.tree[2 * node + 1], half);
                unchanged &= joined == self.tree[node];
                self.tree[node] = joined;
            }
            if unchanged {
                return;
            }
            half *= 2;
        }
    }
}

/// Summary of two neighbours of `half` pages each.
fn join(l: Summary, r: Summary, half: u32) -> Summary {
    Summary {
        start: if l.start == half { half + r.start } else { l.start },
        max: l.max.max(r.max).max(l.end + r.start),
        end: if r.end == half { half + l.end } else { r.end },
    }
}

fn summarize(words: &[u64]) -> Summary {
    let (mut max, mut run) = (0, 0);
    let mut start = None;
    for &word in words {
        match word {
            u64::MAX => run += 64,
            0 => {
                start.get_or_insert(run);
                max = max.max(run);
                run = 0;
            }
            mut w => {
                // The first run continues the one that reaches this word; the last goes on into the next.
                let mut left = 64;
                loop {
                    let ones = w.trailing_ones();
                    run += ones;
                    left -= ones;
                    if left == 0 {
                        break;
                    }
                    w >>= ones;
                    start.get_or_insert(run);
                    max = max.max(run);
                    run = 0;
                    let zeros = w.trailing_zeros().min(left);
                    left -= zeros;
                    if left == 0 {
                        break;
                    }
                    w >>= zeros;
                }
            }
        }
    }
    Summary { start: start.unwrap_or(run), max: max.max(run), end: run }
}

/// First position of `n` set bits in a row.
fn find_run(words: &[u64], n: usize) -> Option<usize> {
    let (mut at, mut run) = (0, 0);
    let bits = words.len() * 64;
    while at < bits {
        let rest = 64 - at % 64;
        let word = words[at / 64] >> (at % 64);
        let ones = (word.trailing_ones() as usize).min(rest);
        run += ones;
        if run >= n {
            return Some(at + ones - run);
        }
        at += ones;
        if ones < rest {
            run = 0;
            at += ((word >> ones).trailing_zeros() as usize).min(rest - ones);
        }
    }
    None
}

/// The words that `[page, page + n)` touches, each with the mask of its bits.
fn words_of(page: usize, n: usize) -> impl Iterator<Item = (usize, u64)> {
    let end = page + n;
    (page / 64..end.div_ceil(64)).map(move |word| {
        let lo = page.max(word * 64) - word * 64;
        let hi = end.min(word * 64 + 64) - word * 64;
        (word, (u64::MAX >> (64 - (hi - lo))) << lo)
    })
}

fn set_range(bits: &mut [u64], page: usize, n: usize, value: bool) {
    for (word, mask) in words_of(page, n) {
        if value {
            bits[word] |= mask;
        } else {
            bits[word] &= !mask;
        }
    }
}

fn count_range(bits: &[u64], page: usize, n: usize) -> usize {
    words_of(page, n).map(|(word, mask)| (bits[word] & mask).count_ones() as usize).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    fn new(chunks: usize) -> PageAlloc {
        let words = chunks * CHUNK_WORDS;
        PageAlloc::new(
            chunks,
            vec![Summary::default(); 2 * chunks].leak(),
            vec![0; words].leak(),
            vec![0; words].leak(),
        )
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Page {
        Used,
        Dirty,
        Clean,
    }

    fn first_fit(model: &[Page], n: usize) -> Option<usize> {
        (0..(model.len() + 1).saturating_sub(n))
            .find(|&at| model[at..at + n].iter().all(|&p| p != Page::Used))
    }

    #[test]
    fn agrees_with_a_model() {
        let chunks = 8;
        let mut heap = new(chunks);
        let mut model: Vec<Page> = Vec::new();
        let mut live: Vec<(usize, usize)> = Vec::new();
        let mut seed = 1u64;
        let mut rand = |n: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % n
        };
        for step in 0..6000 {
            match rand(10) {
                0 if model.len() < chunks * CHUNK_PAGES => {
                    let n = (1 + rand(700)).min(chunks * CHUNK_PAGES - model.len());
                    heap.grow(n);
                    model.extend(vec![Page::Clean; n]);
                }
                1..=5 => {
                    let n = if rand(8) == 0 { 1 + rand(1200) } else { 1 + rand(12) };
                    let want = first_fit(&model, n);
                    let got = heap.alloc(n);
                    assert_eq!(got.map(|r| r.page), want, "step {step}, {n} pages");
                    if let Some(run) = got {
                        let pages = &mut model[run.page..run.page + n];
                        assert_eq!(run.zeroed, pages.iter().all(|&p| p == Page::Clean));
                        pages.fill(Page::Used);
                        live.push((run.page, n));
                    }
                }
                6 => {
                    let below = rand(model.len() + 1);
                    let max = 1 + rand(600);
                    let top = (0..below).rev().find(|&p| model[p] == Page::Dirty);
                    match heap.scavenge(below, max) {
                        None => assert_eq!(top, None),
                        Some((page, n)) => {
                            assert_eq!(Some(page + n - 1), top);
                            assert!(n <= max && n > 0 && page / CHUNK_PAGES == (page + n - 1) / CHUNK_PAGES);
                            assert!(model[page..page + n].iter().all(|&p| p == Page::Dirty));
                            model[page..page + n].fill(Page::Clean);
                        }
                    }
                }
                _ if !live.is_empty() => {
                    let (page, n) = live.swap_remove(rand(live.len()));
                    heap.free(page, n);
                    model[page..page + n].fill(Page::Dirty);
                }
                _ => {}
            }
            assert_eq!(heap.free_pages(), model.iter().filter(|&&p| p != Page::Used).count());
            assert_eq!(heap.clean_pages(), model.iter().filter(|&&p| p == Page::Clean).count());
        }
    }
}
