"""Guards from the last to the first, each turned around: the earlier size is tested."""

from collections.abc import Sequence
from typing import Any

from tern.shapes import Guard, Place, Shape, Size, terms, total


def guards(parameters: Sequence[Shape], known: Sequence[Shape] | None = None) -> list[Guard]:
    """The fewest guards: a spanning forest over what is known to be equal."""
    places: dict[Place, Size] = {}
    facts: dict[Place, Size | None] = {}
    for number, shape in enumerate(parameters):
        for axis, size in enumerate(shape):
            if size is not None:
                places[number, axis] = size
                facts[number, axis] = None if known is None else known[number][axis]

    # The places and numbers that are equal for certain, as groups: a group moves to a larger one.
    group_of: dict[Any, list] = {}

    def group(node):
        return group_of.setdefault(node, [node])

    def joined(one, other) -> bool:
        """Whether the two were apart so far; they are together now."""
        small, large = sorted((group(one), group(other)), key=len)
        if small is large:
            return False
        large += small
        for node in small:
            group_of[node] = large
        return True

    for place, fact in facts.items():
        if fact is not None:
            joined(place, fact if isinstance(fact, int) else ("known", fact))

    named: dict[Size, list[Place]] = {}
    for place, size in places.items():
        named.setdefault(size, []).append(place)

    found = []
    for size, where in named.items():
        if isinstance(size, int):
            found += [Guard(place, (), size) for place in where if joined(place, size)]
            continue
        names, number = terms(size)
        first = where[0]
        if (names, number) != ((size,), 0):
            missing = [name for name in names if name not in named]
            if missing:
                raise ValueError(f"{missing[0]} is nowhere a size of its own")
            others = tuple(named[name][0] for name in reversed(names))
            fact = total([*(facts[other] for other in others), number])
            if fact is None or fact != facts[first]:
                found.append(Guard(first, others, number))
        found += [Guard(first, (place,), 0) for place in where[1:] if joined(first, place)]
    return found[::-1]
