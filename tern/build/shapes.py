"""Which dimensions a reshape merges, and which it splits."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from tern.types import Dimension

Shape = tuple[Dimension, ...]


def product_of(sizes: Shape) -> Dimension:
    """The number of elements, if it is a number or the name of one; else None."""
    named = [size for size in sizes if not isinstance(size, int)]
    number = math.prod(size for size in sizes if isinstance(size, int))
    if not named or number == 0:
        return number
    return named[0] if len(named) == 1 and number == 1 else None


Factors = tuple[int, Counter[Dimension]]
"""A product of sizes: the numbers in it, and how often each name."""


def factors_of(size: Dimension) -> Factors:
    """Of a number itself, and of a name once itself."""
    return (size, Counter()) if isinstance(size, int) else (1, Counter([size]))


def matching_groups(
    before: Shape, after: Shape, factors: Callable[[Dimension], Factors] = factors_of
) -> list[tuple[list[int], list[int]]]:
    """The axes of two shapes of equally many elements, in groups that have equally many.

    Each group is as small as it can be, so that axes which stay as they are stay alone. Axes of
    size 1 go to the group before them. `factors` says which product a size is.

        >>> matching_groups(("n", 8), ("n", 2, 4))
        [([0], [0]), ([1], [1, 2])]
    """
    groups: list[tuple[list[int], list[int]]] = []
    left: list[int] = []
    right: list[int] = []
    at = to = 0

    def elements(shape: Shape, axes: list[int]) -> Factors:
        parts = [factors(shape[axis]) for axis in axes]
        names = sum((names for _, names in parts), Counter[Dimension]())
        return math.prod(number for number, _ in parts), names

    while at < len(before) or to < len(after):
        if at < len(before) and (
            not left
            or to == len(after)
            or not _behind(elements(before, left), elements(after, right), not right)
        ):
            left.append(at)
            at += 1
        else:
            right.append(to)
            to += 1
        if left and right and elements(before, left) == elements(after, right):
            while at < len(before) and before[at] == 1 and (to == len(after) or after[to] != 1):
                left.append(at)
                at += 1
            while to < len(after) and after[to] == 1 and (at == len(before) or before[at] != 1):
                right.append(to)
                to += 1
            groups.append((left, right))
            left, right = [], []
    if left or right:  # zero elements, which any group has with any other
        groups = [(list(range(len(before))), list(range(len(after))))]
    return groups


def _behind(left: Factors, right: Factors, empty: bool) -> bool:
    """Whether the second product is the smaller one, as far as can be said, or of nothing."""
    (have, names), (want, wanted) = left, right
    if names - wanted:
        return True
    if wanted - names:
        return False
    return have > want or empty
