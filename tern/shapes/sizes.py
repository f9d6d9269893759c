"""Sums of sizes, in one spelling: two sums are equal when their spellings are.

A size is a number, a name, or a sum of these, kept as the string that spells it in normal form:
the names in alphabetical order, then the number. So `m + n` and `n + m` are the same string, and
whoever compares sizes need not know what a sum is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from tern.types import Dimension

Size: TypeAlias = int | str
Shape: TypeAlias = tuple[Dimension, ...]


def terms(size: Size) -> tuple[tuple[str, ...], int]:
    """The names in a sum, each as often as it is added, and the number.

    >>> terms("m + n + n + 2"), terms("n"), terms(4)
    ((('m', 'n', 'n'), 2), (('n',), 0), ((), 4))
    """
    if isinstance(size, int):
        return (), size
    parts = size.split(" + ")
    names = tuple(part for part in parts if not part.isdigit())
    return names, sum(int(part) for part in parts[len(names) :])


def total(sizes: Iterable[Dimension]) -> Dimension:
    """The sum of sizes, in normal form; None, an unknown one, if one of them is unknown.

    >>> total(["n", 2, "m + 1"]), total([2, 3]), total(["n", None])
    ('m + n + 3', 5, None)
    """
    names: list[str] = []
    number = 0
    for size in sizes:
        if size is None:
            return None
        more, plus = terms(size)
        names += more
        number += plus
    if not names:
        return number
    return " + ".join([*sorted(names), *([str(number)] if number else [])])


def names_in(shape: Iterable[Dimension]) -> set[str]:
    """The names that a shape's sizes are made of."""
    return {name for size in shape if size is not None for name in terms(size)[0]}


def replaced(size: Dimension, sizes: Mapping[str, Dimension]) -> Dimension:
    """A size, with what its names stand for in their place; a name that is not known stays.

    >>> replaced("m + n", {"m": 4, "n": "k + 1"})
    'k + 5'
    """
    if size is None or isinstance(size, int):
        return size
    names, number = terms(size)
    return total([*(sizes.get(name, name) for name in names), number])
