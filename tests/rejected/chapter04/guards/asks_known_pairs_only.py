# fails: tests
# says: expected
# Compares two facts, and sees no chain of them.
def guards(parameters, known=None):
    found, first = [], {}
    places = [((i, j), size) for i, shape in enumerate(parameters) for j, size in enumerate(shape)]
    for place, size in places:
        if isinstance(size, str):
            first.setdefault(size, place)
    for place, size in places:
        if size is None:
            continue
        fact = known[place[0]][place[1]] if known else None
        if fact is not None and fact == size:
            continue
        origin = first.get(size)
        if fact is not None and origin is not None and origin != place:
            if known[origin[0]][origin[1]] == fact:
                continue
        if isinstance(size, int):
            found.append(Guard(place, (), size))
        elif first[size] != place:
            found.append(Guard(place, (first[size],), 0))
        elif terms(size) != ((size,), 0):
            names, number = terms(size)
            if any(name not in first for name in names):
                raise ValueError("nowhere alone")
            found.append(Guard(place, tuple(first[name] for name in names), number))
    return found
