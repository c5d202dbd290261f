package maps

import (
	"internal/abi"
	"unsafe"
)

// growToTable moves the entries of a small map to its first table. As the collector takes what a frame holds for reachable as long as the function
// runs, and the group of a small map may lie in a frame, its elements are dropped. The keys stay for iterators that began with the
// group and look each one up in the table now; a key that cannot be looked up, not being equal to itself, keeps its element for them.
func (m *Map) growToTable(typ *abi.MapType) *table {
	first := newTable(typ, 2*abi.MapGroupSlots, 0, 0)
	group := groupReference{data: m.dirPtr}
	for i := range uintptr(abi.MapGroupSlots) {
		if group.ctrls().get(i)&ctrlEmpty != 0 {
			continue
		}
		keySlot, elemSlot := group.key(typ, i), group.elem(typ, i)
		key, elem := keySlot, elemSlot
		if typ.IndirectKey() {
			key = *(*unsafe.Pointer)(keySlot)
		}
		if typ.IndirectElem() {
			elem = *(*unsafe.Pointer)(elemSlot)
		}
		first.uncheckedPutSlot(typ, typ.Hasher(key, m.seed), key, elem)
		if !typ.Key.Equal(key, key) {
			continue
		}
		if typ.IndirectElem() {
			*(*unsafe.Pointer)(elemSlot) = nil
		} else if typ.Elem.Pointers() {
			typedmemclr(typ.Elem, elemSlot)
		}
	}
	tables := []*table{first}
	m.dirPtr = unsafe.Pointer(&tables[0])
	m.dirLen = 1
	m.globalDepth = 0
	m.globalShift = depthToShift(0)
	return first
}
