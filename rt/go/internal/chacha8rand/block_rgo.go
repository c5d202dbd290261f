package chacha8rand

// block fills blocks with the output of ChaCha8 for the given seed and counter.
func block(seed *[4]uint64, blocks *[32]uint64, counter uint32) {
	block_generic(seed, blocks, counter)
}
