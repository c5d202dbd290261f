//! What callees do with the pointers they get: functions by their summaries, which `escape` makes of their flows, and entries of the runtime by
//! a table.
//!
//! A summary only grows. What is not named in the table may keep everything.

use crate::edit::constant;

use rgo_mir::{Func, Value};

/// A set of a function's results. The last bit stands for that result and all behind it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Results(u16);

impl Results {
    pub const ALL: Results = Results(u16::MAX);
    pub const NONE: Results = Results(0);
    pub fn one(index: usize) -> Results {
        Results(1 << index.min(15))
    }
    pub fn contains(self, index: usize) -> bool {
        self.0 & Results::one(index).0 != 0
    }
    pub fn union(self, other: Results) -> Results {
        Results(self.0 | other.0)
    }
}

/// What a callee does with one argument.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Leak {
    /// The pointer itself may outlive the call.
    pub itself: bool,
    /// Something loaded through it may.
    pub content: bool,
    /// The results that may be the pointer.
    pub returned: Results,
    /// Those that may be something loaded through it.
    pub content_returned: Results,
    /// What it points to may be changed through it.
    pub written: bool,
}

impl Leak {
    pub const ALL: Leak = Leak {
        itself: true,
        content: true,
        returned: Results::ALL,
        content_returned: Results::ALL,
        written: true,
    };
    pub const NONE: Leak = Leak {
        itself: false,
        content: false,
        returned: Results::NONE,
        content_returned: Results::NONE,
        written: false,
    };
    pub const WRITTEN: Leak = Leak { written: true, ..Leak::NONE };
    pub const CONTENT: Leak = Leak { content: true, content_returned: Results::ALL, ..Leak::NONE };
    pub fn union(self, other: Leak) -> Leak {
        Leak {
            itself: self.itself | other.itself,
            content: self.content | other.content,
            returned: self.returned.union(other.returned),
            content_returned: self.content_returned.union(other.content_returned),
            written: self.written | other.written,
        }
    }
}

/// What a function does with its arguments.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Summary {
    pub params: Vec<Leak>,
    pub context: Leak,
}

impl Summary {
    /// The parameters whose pointer is neither kept nor returned, nor anything written there, by number.
    pub fn unwritten(&self) -> u64 {
        let is_unwritten = |leak: &Leak| !leak.itself && !leak.written && leak.returned == Results::NONE;
        self.params
            .iter()
            .take(64)
            .enumerate()
            .fold(0, |mask, (i, leak)| mask | u64::from(is_unwritten(leak)) << i)
    }
    /// Adds what `other` says of the same function; whether that was news.
    pub fn grow(&mut self, other: &Summary) -> bool {
        let before = self.clone();
        for (own, &leak) in self.params.iter_mut().zip(&other.params) {
            *own = own.union(leak);
        }
        self.context = self.context.union(other.context);
        *self != before
    }
}

/// Functions in Go that call through type descriptors, which only look at what they get.
pub fn reads_only(name: &str) -> bool {
    matches!(name, "runtime.efaceeq" | "runtime.ifaceeq")
}

/// Whether argument `index` of a call of `name` is an operand of a concatenation that cannot be its result: that is an operand
/// only if all others are empty.
pub fn is_copied(func: &Func, name: &str, args: &[Value], index: usize) -> bool {
    // Behind the buffer address and length of each.
    let is_concat = name.strip_prefix("runtime.concatstring").is_some_and(|n| n.parse::<u8>().is_ok());
    is_concat
        && index % 2 == 1
        && (2..args.len())
            .step_by(2)
            .any(|len| len != index + 1 && constant(func, args[len]).is_some_and(|len| len != 0))
}

/// What a runtime entry does with its argument `index`. Entries that are not named here may keep everything.
pub fn entry_leak(name: &str, index: usize) -> Leak {
    match name {
        "runtime.memequal"
        | "runtime.bulkShade"
        | "runtime.cmpstring"
        | "runtime.write"
        | "runtime.printstring"
        | "runtime.printpointer"
        | "internal/bytealg.IndexByte"
        | "internal/bytealg.IndexByteString"
        | "internal/bytealg.Index"
        | "internal/bytealg.IndexString"
        | "internal/bytealg.Count"
        | "internal/bytealg.CountString"
        | "internal/bytealg.Compare"
        | "internal/runtime/maps.memHashAES"
        | "internal/runtime/maps.setAESKeys" => Leak::NONE,
        "runtime.memclrNoHeapPointers"
        | "runtime.bulkBarrierClear"
        | "runtime.typedmemclr"
        | "runtime.chanrecv1"
        | "runtime.chanrecv2"
        | "runtime.selectnbrecv"
        | "runtime.callers"
        | "runtime.pcInfo"
        | "runtime.vdsoRandom"
        | "internal/runtime/maps.typedmemclr"
        | "reflect.typedmemclr"
        | "sync.runtime_Semacquire"
        | "sync.runtime_SemacquireWaitGroup"
        | "sync.runtime_SemacquireRWMutexR"
        | "sync.runtime_SemacquireRWMutex"
        | "sync.runtime_Semrelease"
        | "internal/sync.runtime_SemacquireMutex"
        | "internal/sync.runtime_Semrelease"
        | "internal/poll.runtime_Semacquire"
        | "internal/poll.runtime_Semrelease" => Leak::WRITTEN,
        "runtime.memmove" | "runtime.bulkBarrierCopy" | "reflect.memmove" if index == 0 => Leak::WRITTEN,
        "runtime.typedmemmove" | "internal/runtime/maps.typedmemmove" | "reflect.typedmemmove"
            if index < 2 =>
        {
            Leak::WRITTEN
        }
        "runtime.memmove"
        | "runtime.bulkBarrierCopy"
        | "reflect.memmove"
        | "runtime.typedmemmove"
        | "internal/runtime/maps.typedmemmove"
        | "reflect.typedmemmove" => Leak::CONTENT,
        "runtime.typedslicecopy" | "runtime.chansend1" | "runtime.selectnbsend" => {
            Leak { written: true, ..Leak::CONTENT }
        }
        _ => Leak::ALL,
    }
}
