"""The loops of a control flow graph, found by its back edges."""

from __future__ import annotations

from dataclasses import dataclass, field

from tern.analysis.manager import analysis
from tern.ir import (
    Block,
    Operation,
    control_flow_graph,
    dominator_intervals,
    immediate_dominators,
    postorder,
    predecessors_of,
    reachable_blocks,
)


@dataclass
class Loop:
    """A natural loop: its header dominates all of it, so there is no other way in.

    Attributes:
        header: the block through which every path enters the loop.
        blocks: those of the loop in reverse postorder, so a block comes after all that dominate
            it; inner loops' blocks are among them.
        latches: the blocks that branch back to the header.
        parent: the innermost loop around this one; None if there is none.
    """

    header: Block
    blocks: dict[Block, None]
    latches: list[Block]
    parent: Loop | None = field(default=None, repr=False)

    @property
    def depth(self) -> int:
        """1 for an outermost loop, 2 for one in it, and so on."""
        return 1 + (self.parent.depth if self.parent is not None else 0)


@analysis
def dominators(func: Operation) -> list[int | None]:
    """The immediate dominator of each block of a function, as numbers; None where there is none."""
    return immediate_dominators(control_flow_graph(func))


@analysis
def natural_loops(func: Operation) -> list[Loop]:
    """The natural loops of a function in the flat form, inner ones before those around them.

    An edge b → h is a back edge if h dominates b. The loop of h is h, and all from which the
    source of such an edge can be reached without passing h. Loops with the same header are one. A
    cycle that can be entered in two places has no header, and is in none: the graph is irreducible.
    O(blocks + edges) for each depth of nesting.
    """
    blocks = func.body.blocks
    successors = control_flow_graph(func)
    predecessors = predecessors_of(successors)
    intervals = dominator_intervals(dominators(func))
    reached = reachable_blocks(successors)
    order = [block for block in reversed(postorder(successors)) if block in reached]
    rank = {block: i for i, block in enumerate(order)}

    loops: list[Loop] = []
    inside: dict[int, Loop] = {}  # the outermost loop found so far that a block is in
    for header in reversed(order):  # an inner header comes after the outer one
        latches = [
            b for b in predecessors[header] if b in rank and _dominates(intervals, header, b)
        ]
        if not latches:
            continue
        members = {header}
        work = list(latches)
        while work:
            block = work.pop()
            if block not in members:
                members.add(block)
                work.extend(p for p in predecessors[block] if p in rank)
        ordered = sorted(members, key=rank.__getitem__)
        loop = Loop(
            blocks[header], dict.fromkeys(blocks[b] for b in ordered), [blocks[b] for b in latches]
        )
        for block in ordered:
            if block in inside and inside[block].parent is None:
                inside[block].parent = loop
            inside[block] = loop
        loops.append(loop)
    return loops


def _dominates(intervals: list[tuple[int, int] | None], a: int, b: int) -> bool:
    above, below = intervals[a], intervals[b]
    return above is not None and below is not None and above[0] <= below[0] < above[1]
