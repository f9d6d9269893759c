# fails: speed
# says: CPU time grew
# Hangs the left class under the right one, however large it is.
def unify(equations, fixed=()):
    fixed = frozenset(fixed)
    leader, count, firm, first = {}, {}, {}, {}
    up = {}            # proof forest: node -> (parent, equation)
    names = []
    order = {}

    def add(size):
        if size is None or size in leader:
            return
        leader[size] = size
        count[size] = 1
        up[size] = None
        hard = isinstance(size, int) or size in fixed
        firm[size] = size if hard else None
        order[size] = len(order)
        first[size] = size
        if not hard:
            names.append(size)

    def find(size):
        while leader[size] != size:
            leader[size] = leader[leader[size]]
            size = leader[size]
        return size

    def chain(start, end):
        """The equations on the way from start to end, both in one tree."""
        seen, numbers, node = {start: 0}, [], start
        while up[node] is not None:
            node, number = up[node]
            numbers.append(number)
            seen[node] = len(numbers)
        back, node = [], end
        while node not in seen:
            node, number = up[node]
            back.append(number)
        return numbers[: seen[node]] + back[::-1]

    conflicts = []
    for number, (left, right) in enumerate(equations):
        if left is None or right is None:
            continue
        add(left)
        add(right)
        a, b = find(left), find(right)
        if a == b:
            continue
        if firm[a] is not None and firm[b] is not None:
            conflicts.append([*chain(firm[a], left), number, *chain(right, firm[b])])
            continue
        # a is the smaller: turn its tree round, so that `left` is its root
        node, link = left, (right, number)
        while node is not None:
            above = up[node]
            up[node] = link
            if above is None:
                break
            link = (node, above[1])
            node = above[0]
        leader[a] = b
        count[b] += count[a]
        if firm[b] is None:
            firm[b] = firm[a]
        if order[first[a]] < order[first[b]]:
            first[b] = first[a]
    result = {}
    for name in names:
        root = find(name)
        result[name] = first[root] if firm[root] is None else firm[root]
    return result, conflicts
