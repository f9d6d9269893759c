"""Elements that two programs of one launch get at, one of them writing; and what is read unwritten.

The interpreter runs programs one after another, so a race never shows in its results; the shadows
of memory.py show it. Atomic updates of one element are in order among themselves, and not with
plain accesses by other programs. But a program that has gone by what an atomic operation returned,
as a lock does, may have put itself in order with others, and its accesses are not looked at from
then on. ordering.py says what it goes by.
"""

from __future__ import annotations

import numpy as np

from tern.gpu.faults import Faults
from tern.gpu.memory import NOBODY, SEVERAL, Region, bytes_of

# What each kind of access may not meet by another program: the region's shadow, and what that
# program does.
_MEETS = {
    "load": [("writer", "writes"), ("updater", "updates")],
    "store": [("writer", "writes"), ("reader", "reads"), ("updater", "updates")],
    "atomic": [("writer", "writes"), ("reader", "reads")],
}
_SHADOWS = {"load": "reader", "store": "writer", "atomic": "updater"}
_VERBS = {"load": "reads", "store": "writes", "atomic": "updates"}


class Races:
    """Notes who reads and writes what. `program` is the number of the program that runs."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.program = 0
        self.is_ordered = False  # it has gone by what an atomic returned
        self.is_sampled = False  # of the launch only some programs run
        self.is_unsure = False  # the program has read what a whole run might have left otherwise

    def start(self, program: int) -> None:
        """A program of the grid begins."""
        self.program, self.is_ordered, self.is_unsure = program, False, False

    def note(
        self,
        kind: str,
        region: Region,
        offsets: np.ndarray,
        size: int,
        values: np.ndarray | None,
        goes_by_old: bool = True,
    ) -> None:
        """A program loads, stores or updates the elements at these offsets, all inside.

        `goes_by_old` says whether an update's outcome depends on what was there.
        """
        if not offsets.size:
            return
        units = region.units_of(offsets, size)
        if kind == "load" or kind == "atomic" and goes_by_old:
            self._initialized(kind, region, offsets, units)
        if kind != "load":
            region.is_stored = True
            region.written[units] = True
        self._settle(kind, region, units)
        if region.writer is not None and not self.is_ordered:
            self._meet(kind, region, offsets, units, values)

    def _settle(self, kind: str, region: Region, units: np.ndarray) -> None:
        """Note which elements a whole run would leave as they are now."""
        if kind == "load":
            if region.is_partial and not region.settled[units].all():
                self.is_unsure = True
        elif kind == "store":
            region.settled[units] = not self.is_unsure
            region.is_partial |= self.is_unsure
        elif self.is_sampled or self.is_unsure:  # the sum of some programs' updates only
            region.settled[units] = False
            region.is_partial = True

    def _initialized(
        self, kind: str, region: Region, offsets: np.ndarray, units: np.ndarray
    ) -> None:
        if not region.is_fresh:
            return
        unset = (region.poisoned[units] & ~region.written[units]).any(axis=1)
        if unset.any():
            name, index = _element(region, offsets[unset])
            count = int(unset.sum())
            message = (
                f"{_VERBS[kind]} {count} elements of '{name}' that nothing wrote, "
                f"the first at index {index:,}"
            )
            self.faults.add("uninitialized read", message, count)

    def _meet(
        self,
        kind: str,
        region: Region,
        offsets: np.ndarray,
        units: np.ndarray,
        values: np.ndarray | None,
    ) -> None:
        """Look at what other programs did with these units, and note what this one does.

        `units` is int64[elements, k].
        """
        me = self.program
        for shadow, other in _MEETS[kind]:
            there = getattr(region, shadow)[units]
            bad = (there != NOBODY) & (there != me)
            if bad.any():
                rows = bad.any(axis=1)
                same = (
                    kind == "store"
                    and shadow == "writer"
                    and _is_there(region, offsets, values, rows)
                )
                self._race(region, offsets[rows], there[bad], _VERBS[kind], other, same)
        mine = getattr(region, _SHADOWS[kind])
        before = mine[units]
        mine[units] = (
            me if kind == "store" else np.where((before == NOBODY) | (before == me), me, SEVERAL)
        )
        first = units[:, 0]
        if kind == "store" and values is not None and not (first[1:] > first[:-1]).all():
            self._twice(region, offsets, first, values)

    def _race(
        self,
        region: Region,
        offsets: np.ndarray,
        others: np.ndarray,
        mine: str,
        other: str,
        same: bool,
    ) -> None:
        name, index = _element(region, offsets)
        number = int(others[0])
        who = "other programs" if number == SEVERAL else f"program number {number}"
        verb = other[:-1] if number == SEVERAL else other
        message = f"{mine} what {who} {verb} in the same launch: element {index:,} of '{name}'"
        if same:
            message += ", the same values this time"
        elif "updates" in (mine, other):
            message += ", and only one of the two accesses is atomic"
        self.faults.add("race", message, len(offsets))

    def _twice(
        self, region: Region, offsets: np.ndarray, units: np.ndarray, values: np.ndarray
    ) -> None:
        """One store that gives one element two different values."""
        order = np.argsort(units, kind="stable")
        same = units[order][1:] == units[order][:-1]
        ordered = values[order]
        differ = same & (ordered[1:] != ordered[:-1])
        if differ.any():
            name, index = _element(region, offsets[order][1:][differ])
            message = f"two lanes of one store write element {index:,} of '{name}', and differ"
            self.faults.add("race", message, int(differ.sum()))


def _element(region: Region, offsets: np.ndarray) -> tuple[str, int]:
    first = int(offsets[0])
    return region.name_of(first), region.index_of(first)


def _is_there(
    region: Region, offsets: np.ndarray, values: np.ndarray | None, rows: np.ndarray
) -> bool:
    """Whether memory holds already what is to be stored in these elements."""
    if values is None:
        return False
    new = np.ascontiguousarray(values[rows])
    addresses = offsets[rows][:, None] + np.arange(new.itemsize)
    return np.array_equal(bytes_of(region.storage)[addresses].ravel(), new.view(np.uint8))
