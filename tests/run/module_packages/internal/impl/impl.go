package impl

func Double(n int) int { return twice(n, 2) }
