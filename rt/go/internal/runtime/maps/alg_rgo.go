package maps

import "internal/cpu"

// AlgInit seeds the hash functions: the portable ones, and rt's that uses AES instructions if the processor has them.
func AlgInit() {
	for i := range hashkey {
		hashkey[i] = uintptr(bootstrapRand())
	}
	if cpu.X86.HasAES && cpu.X86.HasSSSE3 && cpu.X86.HasSSE41 {
		initAlgAES()
		setAESKeys(&aeskeysched)
	}
}

// setAESKeys hands the keys to rt.
//
//rgo:new
func setAESKeys(keys *[hashRandomBytes]byte)

// memHash32AES is the portable function, inlined: two multiplications are faster than rounds of AES for one word.
func memHash32AES(k uint32, h uintptr) uintptr { return memHash32Fallback(k, h) }

// memHash64AES is the portable function, as memHash32AES.
func memHash64AES(k uint64, h uintptr) uintptr { return memHash64Fallback(k, h) }
