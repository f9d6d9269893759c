# fails: speed
# says: already|n log n|bar|too long|s of CPU|still running
# Right, but every class is a list that is searched and moved.
def unify(equations, fixed=()):
    classes, order, conflicts, edges = {}, {}, [], {}
    firm = lambda size: isinstance(size, int) or size in fixed

    def path(start, end):
        work, seen = [(start, [])], {start}
        for at, way in work:
            if at == end:
                return way
            for other, number in edges.get(at, ()):
                if other not in seen:
                    seen.add(other)
                    work.append((other, [*way, number]))

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
