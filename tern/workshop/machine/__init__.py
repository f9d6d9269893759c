"""Your machine in numbers: measured in a few seconds, saved with a date, read by later weeks.

    from tern.workshop import machine
    table = machine.numbers()          # measured anew if the saved one is old, or of another CPU
    table.value("peak"), table.value("bandwidth")
    machine.roofline(table)            # the two of them, for tern.cost

Importing this package imports Numba. Times are the best of several runs, in CPU time where one
thread works: a machine that others use as well gives nearly the same figures, with a larger spread.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tern.cost import Roofline
from tern.workshop.machine import core, memory
from tern.workshop.machine.figures import (
    Figure,
    Table,
    is_current,
    load,
    machine_name,
    save,
    unknown,
)

__all__ = ["DAYS", "PLACE", "Figure", "Table", "measure", "numbers", "roofline", "unknown"]

DAYS = 90  # after which a table is measured anew
PLACE = Path(".autograder") / "machine.json"  # beside the reader's progress


def measure() -> Table:
    """Measure this machine: about ten seconds of CPU time, most of them compiling."""
    clock = core.clock()
    ghz = clock.value or 1.0
    arena = memory.new_arena()
    figures = [
        clock,
        *core.adders(ghz),
        core.vector_bits(),
        core.peak(),
        core.misprediction(ghz),
        core.denormals(),
        *memory.cache_figures(memory.latencies(arena), ghz),
        memory.line_size(arena),
        memory.ways(arena),
        memory.pages(),
        *memory.bandwidths(),
        memory.false_sharing(),
        *core.calls(),
    ]
    return Table(machine_name(), date.today().isoformat(), tuple(figures))


def numbers(path: Path | None = None, days: int = DAYS) -> Table:
    """The saved table if it is of this processor and at most `days` old; else a new one, saved.

    `path` is PLACE in the present folder or the nearest one above it that has an `.autograder`,
    unless given. A table that can't be saved is still returned.
    """
    path = path or place()
    table = load(path)
    if table is None or not is_current(table, days):
        table = measure()
        try:
            save(table, path)
        except OSError:
            pass  # a folder that may not be written to: it is measured again next time
    return table


def place() -> Path:
    """Where the table is kept: beside the reader's progress, which `autograder` keeps as well."""
    here = Path.cwd()
    for folder in (here, *here.parents[:3]):
        if (folder / PLACE.parent).is_dir():
            return folder / PLACE
    return here / PLACE


def roofline(table: Table) -> Roofline:
    """One core of the machine as a roofline: FLOP/s of float32, and bytes/s. ValueError."""
    return Roofline(table.value("peak") * 1e9, table.value("bandwidth") * 1e9)
