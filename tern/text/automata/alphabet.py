"""Which characters an automaton cannot tell apart.

A lexer for Unicode has 1,114,112 characters to look at, and a table with a column for each would
fill gigabytes. But a pattern has few sets of characters, and all characters that are in the same
ones behave alike: they are one *class*, and the table has a column for each class.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tern.text.automata.ranges import LAST, Ranges


@dataclass(frozen=True, slots=True)
class Alphabet:
    """All code points, cut into intervals; interval i begins at `starts[i]`.

    `classes[i]` is the number of the class that its characters are in; there are `size` classes.
    """

    starts: tuple[int, ...]
    classes: tuple[int, ...]
    size: int

    def class_of(self, character: str) -> int:
        """The class of a character. O(log intervals)."""
        return self.classes[bisect_right(self.starts, ord(character)) - 1]

    def classes_of(self, text: str) -> np.ndarray:
        """The classes of all characters of a text, an int32 array. O(length log intervals)."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        intervals = np.searchsorted(np.array(self.starts, np.uint32), codes, side="right") - 1
        return np.array(self.classes, np.int32)[intervals]

    def classes_within(self, ranges: Ranges) -> list[int]:
        """The classes of the characters in a set that the alphabet was made for, sorted."""
        found: set[int] = set()
        for low, high in ranges:
            first = bisect_right(self.starts, low) - 1
            found.update(self.classes[first : bisect_right(self.starts, high)])
        return sorted(found)

    def intervals(self) -> Iterable[tuple[int, int, int]]:
        """Each interval: its first and last code point, and its class."""
        ends = (*(start - 1 for start in self.starts[1:]), LAST)
        return zip(self.starts, ends, self.classes)


def alphabet_of(sets: Iterable[Ranges]) -> Alphabet:
    """The coarsest alphabet whose classes lie inside or outside of each set. O(n log n), n ranges.

    >>> a = alphabet_of([((97, 122),), ((101, 101),)])
    >>> a.starts, a.classes
    ((0, 97, 101, 102, 123), (0, 1, 2, 1, 0))
    """
    switches: dict[int, int] = {0: 0}  # code point: the sets that begin or end there, as bits
    for number, ranges in enumerate(dict.fromkeys(sets)):
        for low, high in ranges:
            switches[low] = switches.get(low, 0) ^ (1 << number)
            if high < LAST:
                switches[high + 1] = switches.get(high + 1, 0) ^ (1 << number)
    starts = sorted(switches)
    numbers: dict[int, int] = {}  # the sets that an interval is in, as bits: its class
    classes, inside = [], 0
    for start in starts:
        inside ^= switches[start]
        classes.append(numbers.setdefault(inside, len(numbers)))
    return Alphabet(tuple(starts), tuple(classes), len(numbers))
