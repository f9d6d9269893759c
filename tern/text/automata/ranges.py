"""Sets of characters, as ranges of code points.

Unicode has 1,114,112 code points, and the set of all but one of them is two ranges. A set is a
tuple of pairs `(low, high)`, both ends included, in order, with a gap between any two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]

LAST = sys.maxunicode  # 0x10FFFF


def ranges_of(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """The set that pairs in any order make together. O(n log n).

    >>> ranges_of([(50, 60), (10, 20), (21, 30), (55, 70)])
    ((10, 30), (50, 70))
    """
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return tuple(merged)


def characters(text: str) -> Ranges:
    """The set of a text's characters.

    >>> characters("cab")
    ((97, 99),)
    """
    return ranges_of((ord(c), ord(c)) for c in text)


def complement(ranges: Ranges) -> Ranges:
    """All code points that are not in the set. O(n)."""
    gaps, low = [], 0
    for start, end in ranges:
        if low < start:
            gaps.append((low, start - 1))
        low = end + 1
    if low <= LAST:
        gaps.append((low, LAST))
    return tuple(gaps)
