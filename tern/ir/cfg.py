"""The control flow graph: which block can follow which."""

from __future__ import annotations

from collections.abc import Sequence

from tern.ir.core import Operation
from tern.parts import part


@part("ir.control_flow_graph")
def control_flow_graph(func: Operation) -> list[list[int]]:
    """For each block of `func`, the numbers of the blocks it can branch to.

    Blocks are numbered in the order in which they stand in the function; 0 is the entry. The
    numbers follow the order of the terminator's successors, each block once, so a cond_br with
    the same block on both sides has one successor. O(blocks + edges).
    """
    blocks = func.body.blocks
    number = {block: i for i, block in enumerate(blocks)}
    successors = []
    for block in blocks:
        targets = block.terminator.successors if block.operations else []
        distinct = dict.fromkeys(number[target] for target, _ in targets)
        successors.append(list(distinct))
    return successors


def predecessors_of(successors: list[list[int]]) -> list[list[int]]:
    """The same graph, backwards: for each block, the blocks that can branch to it."""
    predecessors: list[list[int]] = [[] for _ in successors]
    for block, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(block)
    return predecessors


def reachable_blocks(successors: list[list[int]]) -> set[int]:
    """The blocks that some path from block 0 reaches."""
    reached = {0} if successors else set()
    work = list(reached)
    while work:
        for target in successors[work.pop()]:
            if target not in reached:
                reached.add(target)
                work.append(target)
    return reached


def postorder(successors: Sequence[Sequence[int]]) -> list[int]:
    """All blocks, each after those that it leads to, except along the back edges of loops."""
    order: list[int] = []
    seen = [False] * len(successors)
    for start in range(len(successors)):  # 0 first; what it doesn't reach comes on its own
        if seen[start]:
            continue
        seen[start] = True
        stack = [(start, iter(successors[start]))]
        while stack:
            block, targets = stack[-1]
            for target in targets:
                if not seen[target]:
                    seen[target] = True
                    stack.append((target, iter(successors[target])))
                    break
            else:
                order.append(block)
                stack.pop()
    return order


def erase_unreachable_blocks(func: Operation) -> None:
    """Remove the blocks of `func` that no path from the entry reaches. O(blocks + edges)."""
    reached = reachable_blocks(control_flow_graph(func))
    blocks = func.body.blocks
    func.body.blocks = [block for i, block in enumerate(blocks) if i in reached]
