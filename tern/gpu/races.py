"""Elements that two programs of one launch get at, one of them writing; and what is read unwritten.

The interpreter runs programs one after another, so a race never shows in its results; the shadows of
memory.py show it. A program that has used an atomic operation may have put itself in order with
others, and its plain accesses are not looked at from then on.
"""

from __future__ import annotations

import numpy as np

from tern.gpu.faults import Faults
from tern.gpu.memory import NOBODY, SEVERAL, Region


class Races:
    """Notes who reads and writes what. `program` is the number of the program that runs."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.program = 0
        self.is_ordered = False  # it has used an atomic

    def note(
        self, kind: str, region: Region, offsets: np.ndarray, size: int, values: np.ndarray | None
    ) -> None:
        """A program loads, stores or updates the elements at these offsets, all inside."""
        if not offsets.size:
            return
        units = region.units_of(offsets, size)
        if kind == "load":
            self._initialized(region, offsets, units)
        else:
            region.is_stored = True
            region.written[units] = True
        if kind == "atomic":
            self.is_ordered = True
        elif region.writer is not None and not self.is_ordered:
            if kind == "load":
                self._load(region, offsets, units[:, 0])
            else:
                self._store(region, offsets, units[:, 0], values)

    def _initialized(self, region: Region, offsets: np.ndarray, units: np.ndarray) -> None:
        if not region.is_fresh:
            return
        unset = (region.poisoned[units] & ~region.written[units]).any(axis=1)
        if unset.any():
            name, index = _place(region, offsets[unset])
            count = int(unset.sum())
            message = f"reads {count} elements of '{name}' that nothing wrote, the first at index {index:,}"
            self.faults.add("uninitialized read", message, count)

    def _load(self, region: Region, offsets: np.ndarray, units: np.ndarray) -> None:
        me, writers, readers = self.program, region.writer[units], region.reader[units]
        self._race(region, offsets, (writers != NOBODY) & (writers != me), writers, "reads what", "writes")
        free = (readers == NOBODY) | (readers == me)
        region.reader[units] = np.where(free, me, SEVERAL)

    def _store(self, region, offsets, units, values) -> None:
        me, writers, readers = self.program, region.writer[units], region.reader[units]
        self._race(region, offsets, (writers != NOBODY) & (writers != me), writers, "writes what", "writes")
        self._race(region, offsets, (readers != NOBODY) & (readers != me), readers, "writes what", "reads")
        region.writer[units] = me
        if values is not None and units.size > 1 and not (units[1:] > units[:-1]).all():
            self._twice(region, offsets, units, values)

    def _race(self, region, offsets, bad, others, one: str, other: str) -> None:
        if bad.any():
            name, index = _place(region, offsets[bad])
            number = int(others[bad][0])
            who = "other programs" if number == SEVERAL else f"program number {number}"
            verb = other[:-1] if number == SEVERAL else other
            message = f"{one} {who} {verb} in the same launch: element {index:,} of '{name}'"
            self.faults.add("race", message, int(bad.sum()))

    def _twice(self, region, offsets, units, values) -> None:
        """One store that gives one element two different values."""
        order = np.argsort(units, kind="stable")
        same = units[order][1:] == units[order][:-1]
        ordered = values[order]
        differ = same & (ordered[1:] != ordered[:-1])
        if differ.any():
            name, index = _place(region, offsets[order][1:][differ])
            message = f"two lanes of one store write element {index:,} of '{name}', and differ"
            self.faults.add("race", message, int(differ.sum()))


def _place(region: Region, offsets: np.ndarray) -> tuple[str, int]:
    first = int(offsets[0])
    return region.name_of(first), region.index_of(first)
