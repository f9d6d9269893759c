"""Which values are still needed: liveness, by the backward dataflow equations on bit sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

from tern.ir.cfg import postorder
from tern.parts import part

Effect = tuple[Sequence[int], Sequence[int]]
"""What an instruction writes, and what it reads, as numbers of values."""


def bits(mask: int) -> Iterator[int]:
    """The numbers in a bit set, from the smallest."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def summary(block: Sequence[Effect]) -> tuple[int, int]:
    """Of a whole block the values it reads before it writes them, and those that it writes."""
    reads = writes = 0
    for written, read in block:
        for value in read:
            reads |= 1 << value & ~writes
        for value in written:
            writes |= 1 << value
    return reads, writes


@part("machine.liveness", helpers=(summary, postorder))
def liveness(blocks: Sequence[Sequence[Effect]], successors: Sequence[Sequence[int]]) -> list[int]:
    """For each block, the values that are live at its end: some path from there reads them before
    it writes them. A set of values is an int whose bit number v stands for value v.

    `blocks[b]` lists the instructions of block b, each as `(writes, reads)`: an instruction reads
    before it writes. `successors[b]` has the numbers of the blocks that can follow.

        live_out[b] = union of live_in[s] for each successor s of b
        live_in[b]  = reads[b] | (live_out[b] & ~writes[b])

    The least solution, by a worklist: a block is looked at again when the set at the start of one
    of its successors has grown. The worklist gives the first block in postorder, so successors come
    before predecessors: without loops every block is visited once, in loops about twice, and in
    deep nests more often.
    O(instructions), and O(values / 64 + log blocks) a visit.
    """
    reads_writes = [summary(block) for block in blocks]
    predecessors: list[list[int]] = [[] for _ in blocks]
    for block, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(block)
    order = postorder(successors)
    rank = [0] * len(blocks)
    for i, block in enumerate(order):
        rank[block] = i

    live_in = [0] * len(blocks)
    live_out = [0] * len(blocks)
    work = list(range(len(blocks)))  # ranks, as a heap
    waiting = [True] * len(blocks)
    while work:
        block = order[heappop(work)]
        waiting[block] = False
        for target in successors[block]:
            live_out[block] |= live_in[target]
        reads, writes = reads_writes[block]
        start = reads | live_out[block] & ~writes
        if start != live_in[block]:
            live_in[block] = start
            for predecessor in predecessors[block]:
                if not waiting[predecessor]:
                    waiting[predecessor] = True
                    heappush(work, rank[predecessor])
    return live_out
