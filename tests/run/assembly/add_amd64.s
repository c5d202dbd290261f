#include "textflag.h"
#include "funcdata.h"
#include "go_asm.h"

// func Add(a, b int) int
TEXT ·Add(SB),NOSPLIT,$0-24
	MOVQ a+0(FP), AX
	ADDQ b+8(FP), AX
	MOVQ AX, ret+16(FP)
	RET

TEXT ·Both(SB),NOSPLIT,$0-72
	MOVQ s_len+8(FP), AX
	MOVQ AX, n+48(FP)
	MOVSD f+16(FP), X0
	ADDSD X0, X0
	MOVSD X0, h+56(FP)
	MOVQ b_base+24(FP), SI
	MOVQ b_len+32(FP), CX
	MOVB -1(SI)(CX*1), AX
	MOVB AX, last+64(FP)
	MOVQ $0, R15
	MOVQ $0, BP
	RET

TEXT ·callGo(SB),$24-16
	NO_LOCAL_POINTERS
	MOVQ x+0(FP), AX
	MOVQ AX, 0(SP)
	XORL R15, R15
	CALL ·goFunc(SB)
	MOVQ 8(SP), AX
	ADDQ $1, AX
	MOVQ AX, ret+8(FP)
	MOVQ $77, ·table+8(SB)
	RET

TEXT ·fault(SB),NOSPLIT,$0-16
	MOVQ p+0(FP), AX
	XORL R15, R15
	XORL BP, BP
	PUSHQ AX
	MOVQ (AX), AX
	POPQ CX
	MOVQ AX, ret+8(FP)
	RET

TEXT ·spin(SB),NOSPLIT,$0-16
	MOVQ n+0(FP), CX
loop:
	DECQ CX
	JNZ loop
	RET

TEXT ·asmK(SB),NOSPLIT,$0-8
	MOVQ $const_K, AX
	MOVQ $S__size, BX
	IMULQ $1000, AX
	ADDQ BX, AX
	MOVQ AX, ret+0(FP)
	RET

TEXT ·big(SB),NOSPLIT,$0
	LEAQ s+0(FP), SI
	LEAQ r+48(FP), DI
	MOVQ $6, CX
	REP; MOVSQ
	MOVQ s_C_len+40(FP), AX
	ADDQ s_B+8(FP), AX
	MOVQ AX, r2+96(FP)
	RET

TEXT ·clobber(SB),NOSPLIT,$0-0
	MOVQ $-1, AX
	MOVQ AX, BX
	MOVQ AX, CX
	MOVQ AX, DX
	MOVQ AX, SI
	MOVQ AX, DI
	MOVQ AX, BP
	MOVQ AX, R8
	MOVQ AX, R9
	MOVQ AX, R10
	MOVQ AX, R11
	MOVQ AX, R12
	MOVQ AX, R13
	MOVQ AX, R14
	MOVQ AX, R15
	RET

TEXT ·count(SB),$24-16
	NO_LOCAL_POINTERS
	MOVQ n+0(FP), AX
	TESTQ AX, AX
	JEQ done
	DECQ AX
	MOVQ AX, 0(SP)
	CALL ·count(SB)
	MOVQ 8(SP), AX
	INCQ AX
done:
	MOVQ AX, ret+8(FP)
	RET

TEXT ·up(SB),$16-16
	NO_LOCAL_POINTERS
	MOVQ n+0(FP), AX
	MOVQ AX, 0(SP)
	CALL ·upGo(SB)
	MOVQ 8(SP), AX
	MOVQ AX, ret+8(FP)
	RET

DATA ·primes+0(SB)/2, $2
DATA ·primes+2(SB)/2, $3
DATA ·primes+4(SB)/2, $5
DATA ·primes+6(SB)/2, $7
GLOBL ·primes(SB),NOPTR,$8

DATA text<>+0(SB)/8, $"assembly"
GLOBL text<>(SB),RODATA|NOPTR,$8
DATA ·name+0(SB)/8, $text<>(SB)
DATA ·name+8(SB)/8, $8
GLOBL ·name(SB),NOPTR,$16
