package maps

// AlgInit seeds the portable hash functions. Those that use AES instructions have gc's internal calling convention.
func AlgInit() {
	for i := range hashkey {
		hashkey[i] = uintptr(bootstrapRand())
	}
}
