// Integer arithmetic and bounds checks in small slices.
package main

import "fmt"

func fannkuch(n int) (sum, flips int) {
	perm1, perm, count := make([]int, n), make([]int, n), make([]int, n)
	for i := range perm1 {
		perm1[i] = i
	}
	r, nperm := n, 0
	for {
		for ; r != 1; r-- {
			count[r-1] = r
		}
		copy(perm, perm1)
		k := 0
		for f := perm[0]; f != 0; f = perm[0] {
			for i, j := 0, f; i < j; i, j = i+1, j-1 {
				perm[i], perm[j] = perm[j], perm[i]
			}
			k++
		}
		flips = max(flips, k)
		if nperm&1 == 0 {
			sum += k
		} else {
			sum -= k
		}
		for {
			if r == n {
				return
			}
			p0 := perm1[0]
			for i := 0; i < r; i++ {
				perm1[i] = perm1[i+1]
			}
			perm1[r] = p0
			count[r]--
			if count[r] > 0 {
				break
			}
			r++
		}
		nperm++
	}
}

func main() { fmt.Println(fannkuch(10)) }
