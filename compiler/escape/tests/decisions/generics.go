// -m
package p

type Number interface{ ~int | ~float64 }

func sum[T Number](list []T) (s T) {
	for _, x := range list {
		s += x
	}
	return
}

func box[T any](x T) *T { return &x }

func user() {
	println(sum([]int{1}))
	box(1)
}
