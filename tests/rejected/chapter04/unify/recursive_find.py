# fails: tests
# says: Recursion|recursion
# Right answers, but the way of an explanation is a recursion.
def unify(equations, fixed=()):
    classes, order, conflicts, edges = {}, {}, [], {}
    firm = lambda size: isinstance(size, int) or size in fixed

    def path(start, end):
        def search(at, before):
            if at == end:
                return []
            for other, number in edges.get(at, ()):
                if other != before and (way := search(other, at)) is not None:
                    return [number, *way]
            return None

        return search(start, None)

    for number, (left, right) in enumerate(equations):
        if left is None or right is None:
            continue
        for size in (left, right):
            classes.setdefault(size, [size])
            order.setdefault(size, len(order))
        one, other = classes[left], classes[right]
        if one is other:
            continue
        a, b = ([size for size in each if firm(size)] for each in (one, other))
        if a and b:
            conflicts.append([*path(a[0], left), number, *path(right, b[0])])
            continue
        edges.setdefault(left, []).append((right, number))
        edges.setdefault(right, []).append((left, number))
        one += other
        for size in other:
            classes[size] = one
    sizes = {}
    for size in order:
        if not firm(size):
            found = [each for each in classes[size] if firm(each)]
            sizes[size] = found[0] if found else min(classes[size], key=order.__getitem__)
    return sizes, conflicts
