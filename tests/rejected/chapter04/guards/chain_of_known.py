# fails: tests
# says: expected: 1
# Right on the visible tests by luck: where something is known, it asks nothing.
def guards(parameters: Sequence[Shape], known: Sequence[Shape] | None = None) -> list[Guard]:
    """The fewest guards that make sure of what the parameters' shapes say of the arguments'.

    The sizes of `parameters` are numbers, names, and sums in normal form. A name is one size
    wherever it is used; each name in a sum is a size of its own as well, somewhere. `known` is what
    is known of the arguments without a test, in shapes of the same ranks: numbers, names (equal
    names are equal sizes), or None for an axis of which nothing is known; None is nothing at all.

    What follows from what is known, or from earlier guards, is not tested. The guards come in the
    order of the axes. O(axes), nearly.

    Raises:
        ValueError: a name in a sum is no size of its own.
    """
    facts = known or [(None,) * len(shape) for shape in parameters]
    axes = {
        (number, axis): size
        for number, shape in enumerate(parameters)
        for axis, size in enumerate(shape)
        if size is not None
    }
    leader: dict[Place | Size, Place | Size] = {}
    for place in axes:
        if (fact := facts[place[0]][place[1]]) is not None:
            _join(leader, place, fact)
    first: dict[Size, Place] = {}  # where a name, or a sum, is first a size
    for place, size in axes.items():
        first.setdefault(size, place)
    found: list[Guard] = []
    for place, size in axes.items():
        if isinstance(size, int):
            if _join(leader, place, size):
                found.append(Guard(place, (), size))
        elif first[size] != place:
            if known is None and _join(leader, place, first[size]):
                found.append(Guard(place, (first[size],), 0))
        elif terms(size) != ((size,), 0):  # a sum
            names, number = terms(size)
            if missing := [name for name in names if name not in first]:
                raise ValueError(f"the size {missing[0]} is in a sum, and nowhere alone")
            others = tuple(first[name] for name in names)
            sum_of_facts = total([*(facts[a][axis] for a, axis in others), number])
            if sum_of_facts is None or sum_of_facts != facts[place[0]][place[1]]:
                found.append(Guard(place, others, number))
    return found


def _join(leader: dict[Place | Size, Place | Size], one: Place | Size, other: Place | Size) -> bool:
    """Make two classes one; False if they were one already."""
    roots = []
    for node in (one, other):
        while (above := leader.setdefault(node, node)) != node:
            leader[node] = leader[above]
            node = leader[node]
        roots.append(node)
    leader[roots[0]] = roots[1]
    return roots[0] != roots[1]
