package sig

// The functions of this package only leave marks in gc's executables that other tools look for.

func BoringCrypto()   {}
func FIPSOnly()       {}
func StandardCrypto() {}
