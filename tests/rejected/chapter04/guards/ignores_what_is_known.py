# fails: tests
# says: expected
# Enough guards, but not the fewest.
def guards(parameters, known=None):
    found, first = [], {}
    places = [((i, j), size) for i, shape in enumerate(parameters) for j, size in enumerate(shape)]
    for place, size in places:
        if isinstance(size, str):
            first.setdefault(size, place)
    for place, size in places:
        if size is None:
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
