"""Register allocation by linear scan, with holes in the intervals and spilling by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tern.machine.intervals import Ranges, overlap
from tern.parts import part


@part("machine.linear_scan")
def linear_scan(
    intervals: Mapping[int, Ranges],
    weights: Mapping[int, int],
    choices: Mapping[int, Sequence[int]],
    hints: Mapping[int, Sequence[int]],
) -> dict[int, int]:
    """A register for each value; a value that gets none lives in memory, it is **spilled**.

    `intervals[v]` has the ranges of time in which v is live, `(start, end)` with the end not
    included, in order, with gaps between them. Values whose ranges overlap get different registers.
    `choices[v]` are the registers that v may have, the preferred ones first. `weights[v]` is what
    it costs if v is spilled. `hints[v]` names values that v is copied from or to: a copy between
    values of one register costs nothing.

    The sum of the weights of what is spilled should be small. O(n log n) for n values, if the
    number of registers and of holes is bounded.

    Poletto and Sarkar, "Linear Scan Register Allocation", 1999; with lifetime holes (Traub,
    Holloway, and Smith, 1998), and weights. The values come in the order in which they begin. Of a
    register we remember who may still need it: in a hole another value may have it. If no register
    is free, then those with the least weight give theirs up, if they weigh less.
    """
    given: dict[int, int] = {}
    owners: dict[int, list[int]] = {}  # of each register, those that have not ended
    for value in sorted(intervals, key=lambda v: intervals[v][0]):
        ranges = intervals[value]
        now = ranges[0][0]
        preferred = [given[other] for other in hints.get(value, ()) if other in given]
        allowed = choices[value]
        cheapest, least = -1, weights[value]
        for register in (*[r for r in preferred if r in allowed], *allowed):
            alive = [v for v in owners.get(register, ()) if intervals[v][-1][1] > now]
            owners[register] = alive
            rivals = [v for v in alive if overlap(intervals[v], ranges)]
            weight = sum(weights[v] for v in rivals)
            if weight < least or not rivals:
                cheapest, least = register, weight
            if not rivals:
                break
        if cheapest < 0:
            continue  # nobody weighs less: this one lives in memory
        for rival in [v for v in owners[cheapest] if overlap(intervals[v], ranges)]:
            owners[cheapest].remove(rival)
            del given[rival]
        owners[cheapest].append(value)
        given[value] = cheapest
    return given
