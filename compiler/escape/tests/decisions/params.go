// -l
package p

type Node struct {
	next *Node
	data []byte
}

var global *Node
var bytes []byte

func keeps(n *Node)              { global = n }
func keepsContent(n *Node)       { global = n.next }
func returns(n *Node) *Node      { return n }
func returnsNext(n *Node) *Node  { return n.next }
func ignores(n *Node, _ *Node)   { n.data[0] = 1 }
func named(n *Node) (r *Node)    { r = n.next; return }
func swap(a, b *Node) (x, y *Node) { return b, a }

func recursive(n *Node, depth int) *Node {
	if depth == 0 {
		return n
	}
	return recursive(n.next, depth-1)
}

func (n *Node) shift(i, j int) {
	n.data = n.data[i:j]
}

func (n *Node) set(b []byte) {
	n.data = b
}

func callers() *Node {
	var a, b, c, d Node
	keeps(&a)
	keepsContent(&b)
	ignores(&c, &d)
	x, _ := swap(&Node{}, new(Node))
	return returns(x)
}

func unknown(f func(*Node), i interface{ M(*Node) }, n, m *Node) {
	f(n)
	i.M(m)
}

func variadic(list ...*Node) *Node { return list[0] }

func many() {
	variadic(&Node{}, &Node{})
	global = variadic(&Node{})
	variadic()
}
