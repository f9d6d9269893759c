# fails: speed
# says: CPU time grew
# The reasons as a graph, searched anew for each conflict.
def unify(equations, fixed=()):
    fixed = set(fixed)
    leader, size, firm, first, near, names = {}, {}, {}, {}, {}, []

    def add(x):
        if x not in leader:
            leader[x], size[x], near[x], first[x] = x, 1, [], len(leader)
            hard = isinstance(x, int) or x in fixed
            firm[x] = x if hard else None
            if not hard:
                names.append(x)

    def find(x):
        root = x
        while leader[root] != root:
            root = leader[root]
        while leader[x] != root:
            leader[x], x = root, leader[x]
        return root

    def way(start, end):
        from collections import deque
        before, todo = {start: None}, deque([start])
        while end not in before:
            here = todo.popleft()
            for there, number in near[here]:
                if there not in before:
                    before[there] = here, number
                    todo.append(there)
        found = []
        while before[end]:
            end, number = before[end]
            found.append(number)
        return found[::-1]

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
            conflicts.append(way(firm[a], left) + [number] + way(right, firm[b]))
            continue
        if size[a] < size[b]:
            a, b = b, a
        leader[b] = a
        size[a] += size[b]
        first[a] = min(first[a], first[b])
        if firm[a] is None:
            firm[a] = firm[b]
        near[left].append((right, number))
        near[right].append((left, number))
    order = list(leader)
    return {n: order[first[find(n)]] if firm[find(n)] is None else firm[find(n)] for n in names}, conflicts
