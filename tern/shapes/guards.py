"""Guards: what must be tested about the sizes of arguments when a program runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from tern.parts import part
from tern.shapes.sizes import Shape, Size, terms, total

Place: TypeAlias = tuple[int, int]
"""Of an argument's shape an axis: the argument's number, the axis's number, from 0."""


class Guard(NamedTuple):
    """A test: the size at `place` is the sum of the sizes at `others`, and `number`."""

    place: Place
    others: tuple[Place, ...]
    number: int


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


@part("shapes.guards", helpers=(_join,))
def guards(parameters: Sequence[Shape], known: Sequence[Shape] | None = None) -> list[Guard]:
    """The fewest guards that make sure of what the parameters' shapes say of the arguments'.

    The sizes of `parameters` are numbers, names, and sums in normal form. A name is one size
    wherever it is used; each name in a sum is a size of its own as well, somewhere. `known` is what
    is known of the arguments without a test, in shapes of the same ranks: numbers, names (equal
    names are equal sizes), or None for an axis of which nothing is known; None is nothing at all.

    What follows from what is known, or from other guards, is not tested. Neither their order
    matters, nor which of two equal sizes is at the place. O(axes), nearly.

    Raises:
        ValueError: a name in a sum is nowhere a size of its own.
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
            if _join(leader, place, first[size]):
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


def refuted(guards: Sequence[Guard], shapes: Sequence[Sequence[int]]) -> Guard | None:
    """The first guard that does not hold for arguments of these shapes; None if all do."""
    for guard in guards:
        number, axis = guard.place
        if shapes[number][axis] != guard.number + sum(shapes[a][b] for a, b in guard.others):
            return guard
    return None


def refusal(guard: Guard, parameters: Sequence[Shape], shapes: Sequence[Sequence[int]]) -> str:
    """What to say of arguments whose shapes a guard refuses: both places, and both sizes. Of two
    sizes that should be equal, it names the one that comes first first, whichever the guard tests.
    """
    if guard.number == 0 and len(guard.others) == 1 and guard.place < guard.others[0]:
        guard = Guard(guard.others[0], (guard.place,), 0)
    number, axis = guard.place
    size, actual = parameters[number][axis], shapes[number][axis]
    here = f"axis {axis} of argument {number + 1}"
    if not guard.others:
        return f"{here} has the size {actual}, not {size}"
    expected = guard.number + sum(shapes[a][b] for a, b in guard.others)
    there = " and ".join(f"axis {b} of argument {a + 1}" for a, b in guard.others)
    return f"the size {size} is {expected} by {there}, and {actual} by {here}"
