"""When each value needs a register: live intervals, with holes, and what they weigh.

Instruction number i reads at time 2i and writes at time 2i + 1. An interval is a list of ranges
`(start, end)` of times, in order, with gaps between them; the end is not included. A value that
is read for the last time by the instruction that writes another ends where that one starts, so the
two can share a register.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from tern.ir.cfg import predecessors_of
from tern.ir.dominance import dominator_intervals, immediate_dominators
from tern.machine.liveness import Effect, bits

Ranges = list[tuple[int, int]]


def live_intervals(
    blocks: Sequence[Sequence[Effect]],
    live_out: Sequence[int],
    late: Sequence[Sequence[Sequence[int]]] = (),
) -> dict[int, Ranges]:
    """The interval of each value, with holes where it is not live. O(instructions + ranges).

    Blocks lie one after the other, as they are listed. `late[b][i]` names values that instruction i
    of block b still reads when it has begun to write.
    """
    ranges: dict[int, Ranges] = {}  # of each value from the last to the first
    end = 2 * sum(len(block) for block in blocks)
    for number in reversed(range(len(blocks))):
        block = blocks[number]
        start = end - 2 * len(block)
        for value in bits(live_out[number]):
            _add(ranges, value, start, end)
        for i in reversed(range(len(block))):
            writes, reads = block[i]
            time = start + 2 * i
            for value in writes:
                _begin(ranges, value, time + 1)
            for value in reads:
                held = late and value in late[number][i]
                _add(ranges, value, start, time + 1 if held else time)
        end = start
    return {value: found[::-1] for value, found in ranges.items()}


def _add(ranges: dict[int, Ranges], value: int, start: int, end: int) -> None:
    """The value is live in this range, which is not after those that are known."""
    found = ranges.setdefault(value, [])
    if found and found[-1][0] <= end:
        found[-1] = (min(start, found[-1][0]), max(end, found[-1][1]))
    else:
        found.append((start, end))


def _begin(ranges: dict[int, Ranges], value: int, start: int) -> None:
    """The value is written here; if nobody reads it, its register is lost for this moment."""
    found = ranges.setdefault(value, [])
    if found and found[-1][0] <= start < found[-1][1]:
        found[-1] = (start, found[-1][1])
    elif not found or found[-1][0] > start + 1:
        found.append((start, start + 1))
    else:
        found[-1] = (start, found[-1][1])


def loop_depths(successors: Sequence[Sequence[int]]) -> list[int]:
    """How many natural loops each block is in: those of edges back to a dominator. Loops that
    share a header count once. O(blocks × depth)."""
    graph = [list(targets) for targets in successors]
    spans = dominator_intervals(immediate_dominators(graph))
    predecessors = predecessors_of(graph)
    bodies: dict[int, set[int]] = {}
    for block, targets in enumerate(graph):
        for header in targets:
            outer, inner = spans[header], spans[block]
            if outer and inner and outer[0] <= inner[0] < outer[1]:
                body = bodies.setdefault(header, {header})
                work = [block]
                while work:
                    inside = work.pop()
                    if inside not in body and spans[inside] is not None:
                        body.add(inside)
                        work.extend(predecessors[inside])
    depths = [0] * len(graph)
    for body in bodies.values():
        for block in body:
            depths[block] += 1
    return depths


MAX_DEPTH = 9  # of loops in a weight: beyond, all are alike


def spill_weights(blocks: Sequence[Sequence[Effect]], depths: Sequence[int]) -> dict[int, int]:
    """About how many loads and stores each value costs if it lives in memory: each of its reads
    and writes counts 10 for every loop around it, multiplied."""
    weights: dict[int, int] = {}
    for block, depth in zip(blocks, depths):
        for effect in block:
            for values in effect:
                for value in values:
                    weights[value] = weights.get(value, 0) + 10 ** min(depth, MAX_DEPTH)
    return weights


def covers(ranges: Ranges, times: Sequence[int]) -> bool:
    """Whether one of the times, which are in order, is inside of one of the ranges."""
    for start, end in ranges:
        i = bisect_left(times, start)
        if i < len(times) and times[i] < end:
            return True
    return False


def overlap(a: Ranges, b: Ranges) -> bool:
    """Whether two intervals share a moment. O(ranges)."""
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i][0] < b[j][1] and b[j][0] < a[i][1]:
            return True
        if a[i][1] <= b[j][1]:
            i += 1
        else:
            j += 1
    return False
