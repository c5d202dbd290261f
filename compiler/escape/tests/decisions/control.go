// -l
package p

var sink any

func loops() {
	var p *int
	for i := 0; i < 3; i++ {
		x := i
		p = &x
	}
	for i := range 3 {
		defer func() { println(i) }()
	}
	for i := 0; i < 3; i++ {
		sink = &i
	}
	for _, v := range []int{1} {
		p = &v
	}
	_ = p
again:
	y := 1
	p = &y
	if *p == 2 {
		goto again
	}
	goto end
end:
	z := 1
	p = &z
}

func switches(i any, c chan *int) *int {
	switch v := i.(type) {
	case *int:
		return v
	case int:
		return &v
	}
	select {
	case v := <-c:
		return v
	case c <- new(int):
	}
	switch x := new(int); *x {
	case 1:
		return x
	}
	return nil
}

func closures(a, b *int) func() *int {
	x, y, z := 1, 2, 3
	f := func() *int { return &x }
	f()
	g := func() int { return y }
	g()
	z++
	h := func() { z = 4 }
	h()
	sink = func() *int { return b }
	return func() *int { return a }
}

func deferred(p *int) {
	defer use(p)
	go use(p)
	for {
		defer use(new(int))
	}
}

func use(p *int) {}

func assigned(p *int) {
	var f func(*int)
	f = func(q *int) { use(q) }
	f(p)
	g := use
	g(p)
}

func tuple() (*int, any) { return new(int), 1 }

func tuples() {
	a, b := tuple()
	_, _ = a, b
	c, ok := b.(*int)
	_, _ = c, ok
	m := map[string]*int{}
	d, ok := m["x"]
	sink, _ = d, ok
}
