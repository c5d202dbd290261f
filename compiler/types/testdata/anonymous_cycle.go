package p

type T interface { // ERROR "anonymous interface refers to itself"
	m() interface {
		T
	}
}

type Cyc interface{ m() interface{ Cyc2 } }
type Cyc2 = interface{ n() Cyc }
