//! Layouts of Go values and of gc's type descriptors (`internal/abi`), as seen by a program for a 64-bit target.
//!
//! rt reads memory through these structures; the compiler writes descriptors field by field and takes the offsets from
//! here with `offset_of!` (the host has 64-bit words too, which `const` assertions below check).

use core::mem::size_of;

/// Bytes of a pointer.
pub const WORD: usize = 8;

/// Offset of a name or type from `runtime.types`; negative: registered by `reflect`; 0: none.
pub type NameOff = i32;
/// See [`NameOff`].
pub type TypeOff = i32;
/// Offset of code from `runtime.text`; -1: unreachable method.
pub type TextOff = i32;

/// `abi.Type`: the head of every type descriptor.
#[repr(C)]
pub struct Type {
    /// Size of a value.
    pub size: usize,
    /// Length of the prefix that can contain pointers; 0 for types without.
    pub ptr_bytes: usize,
    /// Hash of the type, for tables.
    pub hash: u32,
    /// `TFLAG_*`.
    pub tflag: u8,
    /// Alignment of a variable.
    pub align: u8,
    /// Alignment as a struct field.
    pub field_align: u8,
    /// `KIND_*`.
    pub kind: u8,
    /// Func value `func(p, q unsafe.Pointer) bool`, nil when not comparable.
    pub equal: *const u8,
    /// Bitmap with one bit per word of `ptr_bytes`, padded to 8 bytes; with [`TFLAG_GC_MASK_ON_DEMAND`] a pointer to a
    /// word that holds the address of the bitmap once it has been built.
    pub gc_data: *const u8,
    /// Name as `reflect` prints it.
    pub str_off: NameOff,
    /// Type of pointers to this, or 0.
    pub ptr_to_this: TypeOff,
}

/// The descriptor is followed by an [`UncommonType`].
pub const TFLAG_UNCOMMON: u8 = 1 << 0;
/// The name has a leading `*` that is not part of it.
pub const TFLAG_EXTRA_STAR: u8 = 1 << 1;
/// The type has a name.
pub const TFLAG_NAMED: u8 = 1 << 2;
/// Equality and hash can treat values as plain memory.
pub const TFLAG_REGULAR_MEMORY: u8 = 1 << 3;
/// `gc_data` is one dereference away and built by rt.
pub const TFLAG_GC_MASK_ON_DEMAND: u8 = 1 << 4;
/// Values are stored in the data word of an interface.
pub const TFLAG_DIRECT_IFACE: u8 = 1 << 5;

/// Types with more pointer words than this may have their bitmap built on demand.
pub const MAX_STATIC_MASK_WORDS: usize = 16 * 8;

/// Kinds, as in `reflect`.
#[allow(missing_docs)]
pub mod kind {
    pub const BOOL: u8 = 1;
    pub const INT: u8 = 2;
    pub const INT8: u8 = 3;
    pub const INT16: u8 = 4;
    pub const INT32: u8 = 5;
    pub const INT64: u8 = 6;
    pub const UINT: u8 = 7;
    pub const UINT8: u8 = 8;
    pub const UINT16: u8 = 9;
    pub const UINT32: u8 = 10;
    pub const UINT64: u8 = 11;
    pub const UINTPTR: u8 = 12;
    pub const FLOAT32: u8 = 13;
    pub const FLOAT64: u8 = 14;
    pub const COMPLEX64: u8 = 15;
    pub const COMPLEX128: u8 = 16;
    pub const ARRAY: u8 = 17;
    pub const CHAN: u8 = 18;
    pub const FUNC: u8 = 19;
    pub const INTERFACE: u8 = 20;
    pub const MAP: u8 = 21;
    pub const POINTER: u8 = 22;
    pub const SLICE: u8 = 23;
    pub const STRING: u8 = 24;
    pub const STRUCT: u8 = 25;
    pub const UNSAFE_POINTER: u8 = 26;
}

/// `abi.ArrayType`.
#[repr(C)]
pub struct ArrayType {
    /// Head.
    pub typ: Type,
    /// Element.
    pub elem: *const Type,
    /// Slice of the element.
    pub slice: *const Type,
    /// Number of elements.
    pub len: usize,
}

/// `abi.ChanType`.
#[repr(C)]
pub struct ChanType {
    /// Head.
    pub typ: Type,
    /// Element.
    pub elem: *const Type,
    /// 1 receive, 2 send, 3 both.
    pub dir: isize,
}

/// `abi.SliceType` and `abi.PtrType`.
#[repr(C)]
pub struct ElemType {
    /// Head.
    pub typ: Type,
    /// Element.
    pub elem: *const Type,
}

/// `abi.FuncType`; the parameter and result types follow (after the uncommon part).
#[repr(C)]
pub struct FuncType {
    /// Head.
    pub typ: Type,
    /// Number of parameters.
    pub in_count: u16,
    /// Number of results; the top bit says that the last parameter is variadic.
    pub out_count: u16,
}

/// `abi.InterfaceType`.
#[repr(C)]
pub struct InterfaceType {
    /// Head.
    pub typ: Type,
    /// Name record of the package path.
    pub pkg_path: *const u8,
    /// Methods, sorted.
    pub methods: Slice<Imethod>,
}

/// `abi.StructType`.
#[repr(C)]
pub struct StructType {
    /// Head.
    pub typ: Type,
    /// Name record of the package path.
    pub pkg_path: *const u8,
    /// Fields in order.
    pub fields: Slice<StructField>,
}

/// `abi.MapType`.
#[repr(C)]
pub struct MapType {
    /// Head.
    pub typ: Type,
    /// Key.
    pub key: *const Type,
    /// Element.
    pub elem: *const Type,
    /// Internal type of a slot group.
    pub group: *const Type,
    /// Func value `func(p unsafe.Pointer, seed uintptr) uintptr`.
    pub hasher: *const u8,
    /// `group.size`.
    pub group_size: usize,
    /// Offset of the first key in a group.
    pub keys_off: usize,
    /// Distance of keys.
    pub key_stride: usize,
    /// Offset of the first element in a group.
    pub elems_off: usize,
    /// Distance of elements.
    pub elem_stride: usize,
    /// Offset of the element in a slot.
    pub elem_off: usize,
    /// `MAP_*`.
    pub flags: u32,
}

/// Keys must be overwritten on update.
pub const MAP_NEED_KEY_UPDATE: u32 = 1;
/// Hashing a key may panic.
pub const MAP_HASH_MIGHT_PANIC: u32 = 2;
/// Slots hold pointers to keys.
pub const MAP_INDIRECT_KEY: u32 = 4;
/// Slots hold pointers to elements.
pub const MAP_INDIRECT_ELEM: u32 = 8;

/// `abi.UncommonType`.
#[repr(C)]
pub struct UncommonType {
    /// Package path.
    pub pkg_path: NameOff,
    /// Number of methods.
    pub mcount: u16,
    /// Number of exported methods.
    pub xcount: u16,
    /// Offset from here to the methods.
    pub moff: u32,
    /// Reserved.
    pub unused: u32,
}

/// `abi.Method`.
#[repr(C)]
pub struct Method {
    /// Name.
    pub name: NameOff,
    /// Type without receiver.
    pub mtyp: TypeOff,
    /// Code taking the receiver as one word.
    pub ifn: TextOff,
    /// Code taking the receiver by value.
    pub tfn: TextOff,
}

/// `abi.Imethod`.
#[repr(C)]
pub struct Imethod {
    /// Name.
    pub name: NameOff,
    /// Type.
    pub typ: TypeOff,
}

/// `abi.StructField`.
#[repr(C)]
pub struct StructField {
    /// Name record.
    pub name: *const u8,
    /// Type.
    pub typ: *const Type,
    /// Offset in the struct.
    pub offset: usize,
}

/// `abi.ITab`; the code addresses of the methods follow. A first address of 0 says "does not implement".
#[repr(C)]
pub struct Itab {
    /// The interface.
    pub inter: *const InterfaceType,
    /// The dynamic type.
    pub typ: *const Type,
    /// `typ.hash`.
    pub hash: u32,
    /// First method.
    pub fun: [usize; 1],
}

/// A Go slice.
#[repr(C)]
pub struct Slice<T> {
    /// First element.
    pub ptr: *mut T,
    /// Elements in use.
    pub len: usize,
    /// Elements available.
    pub cap: usize,
}

/// A Go string.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct GoString {
    /// First byte.
    pub ptr: *const u8,
    /// Bytes.
    pub len: usize,
}

/// An interface without methods.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Eface {
    /// Dynamic type.
    pub typ: *const Type,
    /// Data word.
    pub data: *mut u8,
}

/// An interface with methods.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Iface {
    /// Method table.
    pub tab: *const Itab,
    /// Data word.
    pub data: *mut u8,
}

/// One case of `runtime.selectgo`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Scase {
    /// The channel (an `hchan`), may be nil.
    pub c: *mut u8,
    /// Value to send, or where to receive to (nil: discard).
    pub elem: *mut u8,
}

/// One case of `reflect.rselect`.
#[repr(C)]
pub struct RuntimeSelect {
    /// 1 send, 2 receive, 3 default.
    pub dir: isize,
    /// Channel type.
    pub typ: *const Type,
    /// The channel.
    pub ch: *mut u8,
    /// Value to send, or where to receive to.
    pub val: *mut u8,
}

const _: () = {
    assert!(size_of::<usize>() == WORD);
    assert!(size_of::<Type>() == 48);
    assert!(size_of::<ArrayType>() == 72);
    assert!(size_of::<ChanType>() == 64);
    assert!(size_of::<ElemType>() == 56);
    assert!(size_of::<FuncType>() == 56);
    assert!(size_of::<InterfaceType>() == 80);
    assert!(size_of::<StructType>() == 80);
    assert!(size_of::<MapType>() == 136);
    assert!(size_of::<UncommonType>() == 16);
    assert!(size_of::<Method>() == 16);
    assert!(size_of::<StructField>() == 24);
    assert!(size_of::<Itab>() == 32);
};
