//! Writes a frame map; `rgo_abi::frame_map` has the format.

use std::collections::HashMap;

use rgo_abi::frame_map::KEPT;

use super::{Shape, Site, Sites};

/// The map; none if a field does not fit.
pub fn encode(sites: &Sites, shape: &Shape, saved: &[Option<u32>; KEPT]) -> Option<Vec<u8>> {
    let areas = areas(&sites.sites);
    let mut objects: Vec<u32> = sites.sites.iter().flat_map(|site| site.objects.iter().copied()).collect();
    objects.sort_unstable();
    objects.dedup();
    let mut out = Vec::new();
    out.push((0..KEPT).filter(|&r| saved[r].is_some()).fold(0, |bits, r| bits | 1 << r));
    if let Some(first) = saved.iter().flatten().next() {
        uv(&mut out, *first);
    }
    ranges(&mut out, areas.iter().copied());
    ranges(&mut out, objects.iter().map(|&slot| shape.slots[slot as usize]));
    let members = KEPT + areas.len() + objects.len();
    let mut sets: Vec<Vec<u8>> = Vec::new();
    let mut numbers: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut rows = Vec::with_capacity(sites.sites.len());
    for site in &sites.sites {
        let mut set = vec![0u8; members.div_ceil(8)];
        set[0] = site.registers;
        let mut member = |i: usize| set[i / 8] |= 1 << (i % 8);
        let mut live = site.live.iter().peekable();
        for (i, area) in areas.iter().enumerate() {
            while live.next_if(|range| range.0 + range.1 <= area.0).is_some() {}
            if live.peek().is_some_and(|range| range.0 <= area.0) {
                member(KEPT + i);
            }
        }
        for slot in &site.objects {
            member(KEPT + areas.len() + objects.binary_search(slot).ok()?);
        }
        let next = sets.len() as u32;
        let number = *numbers.entry(set.clone()).or_insert(next);
        if number == next {
            sets.push(set);
        }
        rows.push((site.ret, number));
    }
    uv(&mut out, sets.len() as u32);
    sets.iter().for_each(|set| out.extend(set));
    uv(&mut out, rows.len() as u32);
    let mut before = (0, 0);
    for (ret, number) in rows {
        let other = number != before.1;
        uv(&mut out, (ret - before.0).checked_mul(2)? | u32::from(other));
        if other {
            uv(&mut out, number);
        }
        before = (ret, number);
    }
    Some(out)
}

/// Splits what is live anywhere into ranges that are live, or not, as a whole.
fn areas(sites: &[Site]) -> Vec<(u32, u32)> {
    let mut bounds: Vec<u32> = sites
        .iter()
        .flat_map(|site| site.live.iter().flat_map(|&(first, words)| [first, first + words]))
        .collect();
    bounds.sort_unstable();
    bounds.dedup();
    let is_live = |word: u32| {
        sites.iter().any(|site| {
            let after = site.live.partition_point(|range| range.0 <= word);
            after > 0 && word - site.live[after - 1].0 < site.live[after - 1].1
        })
    };
    bounds.windows(2).filter(|pair| is_live(pair[0])).map(|pair| (pair[0], pair[1] - pair[0])).collect()
}

fn ranges(out: &mut Vec<u8>, list: impl ExactSizeIterator<Item = (u32, u32)>) {
    uv(out, list.len() as u32);
    let mut at = 0;
    for (first, words) in list {
        uv(out, (first - at) << 1 | u32::from(words > 1));
        if words > 1 {
            uv(out, words - 2);
        }
        at = first + words;
    }
}

fn uv(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
