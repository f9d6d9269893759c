"""Dataflow analysis: facts that flow along the edges of a control-flow graph until they agree.

A *problem* says what the facts are, and what a block does to them; `solve` does the rest. Facts
form a lattice: `meet` combines those of two paths, and `start` is the best there could be: to
meet it changes nothing. What a block computes from the facts that reach it is its *transfer
function*, which must be monotone: worse facts in, worse or the same out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, NamedTuple, Protocol

from tern.ir.cfg import postorder, predecessors_of
from tern.parts import part


class Problem(Protocol):
    """What `solve` solves.

    Attributes:
        backward: whether facts flow from the end of a block to its start, against the edges.
        start: the best fact, which any other outweighs: `meet(start, x)` is x.
        boundary: what holds at the start of the entry, block 0. For a backward problem, at the end
            of every block without successors.
    """

    @property
    def backward(self) -> bool: ...
    @property
    def start(self) -> Any: ...
    @property
    def boundary(self) -> Any: ...

    def meet(self, a: Any, b: Any) -> Any:
        """What is known where two paths come together, and either may have been taken."""
        ...

    def transfer(self, block: int, fact: Any) -> Any:
        """What block `block` makes of the fact that reaches it, in the direction of the flow."""
        ...


@dataclass(frozen=True, slots=True)
class GenKill:
    """A problem on sets of numbers, each an int as a bit set: a block forgets some, and adds some.

    With `must`, a fact has to hold on every path, and sets are intersected; without, on some path,
    and they are united. `gen` and `kill` have a set for each block, `universe` has all numbers.
    """

    gen: Sequence[int]
    kill: Sequence[int]
    universe: int
    backward: bool
    must: bool
    boundary: int = 0

    @property
    def start(self) -> int:
        return self.universe if self.must else 0

    def meet(self, a: int, b: int) -> int:
        return a & b if self.must else a | b

    def transfer(self, block: int, fact: int) -> int:
        return self.gen[block] | fact & ~self.kill[block]


@dataclass(frozen=True, slots=True)
class Tables:
    """A problem on a finite lattice, all of it written down: facts are 0, 1, …

    `meets[a][b]` is the meet of a and b, `transfers[block][fact]` what the block makes of a fact.
    """

    meets: Sequence[Sequence[int]]
    transfers: Sequence[Sequence[int]]
    start: int
    boundary: int
    backward: bool = False

    def meet(self, a: int, b: int) -> int:
        return self.meets[a][b]

    def transfer(self, block: int, fact: int) -> int:
        return self.transfers[block][fact]


class Solution(NamedTuple):
    """The facts at the start and at the end of each block, and the blocks in the order in which
    they were visited: one visit, one call of `transfer`."""

    at_start: list[Any]
    at_end: list[Any]
    visits: list[int]


@part("analysis.solve")
def solve(problem: Problem, successors: Sequence[Sequence[int]]) -> Solution:
    """The best facts that satisfy a dataflow problem's equations, on any control-flow graph.

        fact before b = the meet of the facts after each block that b gets facts from
        fact after b  = transfer(b, fact before b)

    where "before" and "after" follow the flow: a forward problem's facts come from predecessors, a
    backward one's from successors. `boundary` joins the meet at block 0, or, for a backward
    problem, at each block without successors.

    Every fact starts as `start`, the best, and every block is visited at least once, reachable or
    not. A visit meets what comes in, applies `transfer`, and if the result is new, those who get
    it must be visited again (Kildall, "A Unified Approach to Global Program Optimization", 1973).
    Of the blocks that wait, the first in reverse postorder of the flow goes first, so that facts
    come before those who use them. O(blocks + edges × height of the lattice) visits at worst, each
    with a meet for every edge that comes in; in programs, a few visits a block.
    """
    predecessors = predecessors_of(successors)
    order = postorder(successors)
    if problem.backward:
        sources, targets = successors, predecessors
    else:
        sources, targets = predecessors, successors
        order.reverse()
    rank = [0] * len(order)
    for i, block in enumerate(order):
        rank[block] = i

    before = [problem.start] * len(order)
    after = [problem.start] * len(order)
    visits: list[int] = []
    work = list(range(len(order)))  # ranks, as a heap
    waiting = [True] * len(order)
    while work:
        block = order[heappop(work)]
        waiting[block] = False
        visits.append(block)
        at_boundary = not successors[block] if problem.backward else block == 0
        fact = problem.boundary if at_boundary else problem.start
        for source in sources[block]:
            fact = problem.meet(fact, after[source])
        before[block] = fact
        fact = problem.transfer(block, fact)
        if fact != after[block]:
            after[block] = fact
            for target in targets[block]:
                if not waiting[target]:
                    waiting[target] = True
                    heappush(work, rank[target])
    if problem.backward:
        return Solution(after, before, visits)
    return Solution(before, after, visits)
