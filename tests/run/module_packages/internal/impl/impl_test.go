package impl

func broken() { not Go }
