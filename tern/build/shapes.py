"""Which dimensions a reshape merges, and which it splits."""

from __future__ import annotations

import math
from collections import Counter

from tern.types import Dimension

Shape = tuple[Dimension, ...]


def product_of(sizes: Shape) -> Dimension:
    """The number of elements, if it is a number or the name of one; else None."""
    named = [size for size in sizes if not isinstance(size, int)]
    number = math.prod(size for size in sizes if isinstance(size, int))
    if not named or number == 0:
        return number
    return named[0] if len(named) == 1 and number == 1 else None


def _elements(sizes: Shape) -> tuple[int, Counter[Dimension]]:
    number = math.prod(size for size in sizes if isinstance(size, int))
    return number, Counter(size for size in sizes if not isinstance(size, int))


def matching_groups(before: Shape, after: Shape) -> list[tuple[list[int], list[int]]]:
    """The axes of two shapes of equally many elements, in groups that have equally many.

    Each group is as small as it can be, so that axes which stay as they are stay alone. Axes of
    size 1 go to the group before them.

        >>> matching_groups(("n", 8), ("n", 2, 4))
        [([0], [0]), ([1], [1, 2])]
    """
    groups: list[tuple[list[int], list[int]]] = []
    left: list[int] = []
    right: list[int] = []
    at = to = 0
    while at < len(before) or to < len(after):
        if at < len(before) and (
            not left or to == len(after) or not _behind(before, left, after, right)
        ):
            left.append(at)
            at += 1
        else:
            right.append(to)
            to += 1
        same = _elements(_of(before, left)) == _elements(_of(after, right))
        if left and right and same:
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


def _of(shape: Shape, axes: list[int]) -> Shape:
    return tuple(shape[axis] for axis in axes)


def _behind(before: Shape, left: list[int], after: Shape, right: list[int]) -> bool:
    """Whether the group has fewer elements of the second shape, as far as can be said."""
    (have, names), (want, wanted) = _elements(_of(before, left)), _elements(_of(after, right))
    if names - wanted:
        return True
    if wanted - names:
        return False
    return have > want or not right
