//! Maps of small functions, written as machine code.

use rgo_abi::frame_map::{FrameMap, Words};
use rgo_abi::functab::Reader;
use rgo_target::Isa;

use super::{Limits, Shape, frame_map};

const CALL: &[u8] = &[0xe8, 0, 0, 0, 0];
const FRAME: &[u8] = &[0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x20];
const SAVE_RBX_AT_3: &[u8] = &[0x48, 0x89, 0x5c, 0x24, 0x18];
const RESTORE_RBX: &[u8] = &[0x48, 0x8b, 0x5c, 0x24, 0x18];
const RETURN: &[u8] = &[0x48, 0x83, 0xc4, 0x20, 0x48, 0x89, 0xec, 0x5d, 0xc3];
const RBX_FROM_RDI: &[u8] = &[0x48, 0x89, 0xfb];
const RAX_FROM_RBX: &[u8] = &[0x48, 0x89, 0xd8];
const UD2: &[u8] = &[0x0f, 0x0b];

/// `mov [rsp + 8 * word], rsi`
fn store(word: u8) -> Vec<u8> {
    vec![0x48, 0x89, 0x74, 0x24, word * 8]
}
/// `mov rax, [rsp + 8 * word]`
fn load(word: u8) -> Vec<u8> {
    vec![0x48, 0x8b, 0x44, 0x24, word * 8]
}
/// `lea rdi, [rsp + 8 * word]`
fn address(word: u8) -> Vec<u8> {
    vec![0x48, 0x8d, 0x7c, 0x24, word * 8]
}

fn shape(slots: &[(u32, u32)]) -> Shape {
    Shape { words: 4, slots: slots.to_vec(), limits: Limits::default(), empty_slots: vec![], handler: None }
}

/// The map of the code that `parts` make, and where its calls return.
fn map(parts: &[&[u8]], shape: &Shape) -> (Option<Vec<u8>>, Vec<u32>) {
    let mut code = Vec::new();
    let mut returns = Vec::new();
    for part in parts {
        code.extend_from_slice(part);
        if *part == CALL {
            returns.push(code.len() as u32);
        }
    }
    (frame_map(Isa::X86_64, &code, shape, (u32::MAX, 0)), returns)
}

/// Live registers, and words of areas and objects, at each call.
fn sites(parts: &[&[u8]], shape: &Shape) -> Vec<(u8, Vec<u32>)> {
    let (map, returns) = map(parts, shape);
    let bytes = map.expect("understood");
    let map = FrameMap::new(Reader::new(&bytes));
    assert!(map.site(1).is_none());
    returns
        .iter()
        .map(|&ret| {
            let site = map.site(ret).expect("each call has a site");
            let mut words = Vec::new();
            site.for_each(&mut |range: Words| words.extend(range.first..range.first + range.words));
            words.sort_unstable();
            words.dedup();
            (site.registers(), words)
        })
        .collect()
}

#[test]
fn spills_and_kept_registers() {
    let found = sites(
        &[
            FRAME,
            SAVE_RBX_AT_3,
            RBX_FROM_RDI,
            &store(1),
            CALL,
            &load(1),
            CALL,
            RAX_FROM_RBX,
            CALL,
            RESTORE_RBX,
            RETURN,
        ],
        &shape(&[]),
    );
    // The word that saves rbx is the caller's business.
    assert_eq!(found, [(1, vec![1]), (1, vec![]), (0, vec![])]);
}

#[test]
fn saved_registers_have_their_words() {
    let (map, returns) =
        map(&[FRAME, SAVE_RBX_AT_3, RBX_FROM_RDI, CALL, RAX_FROM_RBX, RESTORE_RBX, RETURN], &shape(&[]));
    let bytes = map.unwrap();
    let site = FrameMap::new(Reader::new(&bytes)).site(returns[0]).unwrap();
    assert_eq!((site.saved_word(0), site.saved_word(1)), (Some(3), None));
    assert_eq!(site.pack().map(|words| rgo_abi::frame_map::Site::unpack(&bytes, words).registers()), Some(1));
}

#[test]
fn loops_carry_words_around() {
    // back: load; call; jmp back
    let back = [0xeb, (-(5 + 5 + 2) as i8) as u8];
    let found = sites(&[FRAME, &store(0), &store(2), &load(0), CALL, &back], &shape(&[]));
    assert_eq!(found, [(0, vec![0])]);
}

#[test]
fn slots_with_an_address() {
    let slots = shape(&[(0, 2), (2, 1)]);
    // Before: nothing has been written. At the second call: the slot is an object. The other one is read directly.
    let found =
        sites(&[FRAME, CALL, &store(0), &store(2), &address(0), CALL, &load(2), CALL, RETURN], &slots);
    assert_eq!(found, [(0, vec![]), (0, vec![0, 1, 2]), (0, vec![0, 1])]);
    // Written, and its address is about to be taken: live as far as written.
    let found = sites(&[FRAME, &store(0), CALL, &address(0), CALL, RETURN], &slots);
    assert_eq!(found, [(0, vec![0]), (0, vec![0, 1])]);
}

#[test]
fn limited_slots() {
    let code: &[&[u8]] = &[FRAME, &store(0), CALL, &address(0), CALL, CALL, &store(1), CALL, RETURN];
    let returns = map(code, &shape(&[(0, 2)])).1;
    let limits = |calls: &[(usize, u32)]| Limits {
        limited: vec![true],
        sets: vec![vec![], vec![0]],
        calls: calls.iter().map(|&(call, set)| (returns[call], (set, vec![]))).collect(),
    };
    let with = |calls| sites(code, &Shape { limits: limits(calls), ..shape(&[(0, 2)]) });
    // As far as it has been written, then all of it, then not at all.
    assert_eq!(
        with(&[(0, 1), (1, 1), (2, 0), (3, 0)]),
        [(0, vec![0]), (0, vec![0, 1]), (0, vec![]), (0, vec![])]
    );
    // Of two calls nothing is known.
    assert_eq!(with(&[(0, 0), (2, 0)]), [(0, vec![]), (0, vec![0, 1]), (0, vec![]), (0, vec![0, 1])]);
    // A slot that matters at one call whatever its set says.
    let mut limits = limits(&[(0, 0), (1, 0), (2, 0), (3, 0)]);
    limits.calls.insert(returns[2], (0, vec![0]));
    let found = sites(code, &Shape { limits, ..shape(&[(0, 2)]) });
    assert_eq!(found, [(0, vec![]), (0, vec![]), (0, vec![0, 1]), (0, vec![])]);
}

#[test]
fn a_panic_in_a_call_may_continue_at_the_handler() {
    let code: &[&[u8]] = &[FRAME, &store(0), CALL, &store(0), CALL, RETURN, &load(0), RETURN];
    let handler = (code[..6].iter().map(|part| part.len()).sum::<usize>()) as u32;
    assert_eq!(sites(code, &shape(&[])), [(0, vec![]), (0, vec![])]);
    let with_handler = Shape { handler: Some(handler), ..shape(&[]) };
    assert_eq!(sites(code, &with_handler), [(0, vec![0]), (0, vec![0])]);
}

#[test]
fn jump_tables() {
    // lea rcx, [table]; movsxd rax, [rcx + 4 * rax]; add rcx, rax; jmp rcx; table: 8, 8 + load + return
    let jump = [0x48, 0x8d, 0x0d, 9, 0, 0, 0, 0x48, 0x63, 0x04, 0x81, 0x48, 0x01, 0xc1, 0xff, 0xe1];
    let table = [8, 0, 0, 0, 8 + (5 + RETURN.len()) as u8, 0, 0, 0];
    let code: &[&[u8]] = &[FRAME, &store(0), &store(1), CALL, &jump, &table, &load(0), RETURN, &load(1), UD2];
    assert_eq!(sites(code, &shape(&[])), [(0, vec![0, 1])]);
    assert!(map(&[FRAME, CALL, &jump[7..], &table, UD2, UD2], &shape(&[])).0.is_none());
}

#[test]
fn what_is_not_understood_has_no_map() {
    let ok: &[&[u8]] = &[FRAME, CALL, RETURN];
    assert!(map(ok, &shape(&[])).0.is_some());
    // mov rax, rsp; push rax; lea of a spill; an indexed address; rbx used without saving; another prologue; no call.
    for bad in [
        &[0x48, 0x89, 0xe0][..],
        &[0x50],
        &address(1),
        &[0x48, 0x8d, 0x44, 0xcc, 0x08],
        &[0x48, 0x8b, 0x44, 0xcc, 0x08],
        RBX_FROM_RDI,
    ] {
        assert!(map(&[FRAME, bad, CALL, RETURN], &shape(&[])).0.is_none(), "{bad:x?}");
    }
    assert!(map(&[&FRAME[1..], CALL, RETURN], &shape(&[])).0.is_none());
    assert!(map(&[FRAME, RETURN], &shape(&[])).0.is_none());
}
