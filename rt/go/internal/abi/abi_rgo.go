package abi

// rgo's calling convention decomposes values, which package reflect's model of registers cannot express: as far as
// reflect knows, there are none, and the runtime converts between its frames and registers.
const (
	IntArgRegs            = 0
	FloatArgRegs          = 0
	EffectiveFloatRegSize = 0
)
