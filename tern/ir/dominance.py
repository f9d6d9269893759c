"""Dominators: block a dominates block b when every path from the entry to b goes through a."""

from __future__ import annotations

from tern.parts import part


@part("ir.immediate_dominators")
def immediate_dominators(successors: list[list[int]]) -> list[int | None]:
    """The immediate dominator of each block of a control flow graph.

    Block 0 is the entry. The entry and blocks that it cannot reach have None.

    The book's version is Semi-NCA (Georgiadis, "Linear-Time Algorithms for Dominators and
    Related Problems", dissertation, Princeton, 2005), which LLVM uses too: time linear in the
    size of the graphs of real programs, O(n²) at worst. Cooper, Harvey & Kennedy's iteration is
    simpler and can be quadratic on early exits.
    """
    if not successors:
        return []

    # Blocks get the numbers of a depth-first search. The semidominator of a block is the smallest
    # number from which it can be reached through greater numbers only; its immediate dominator is
    # the nearest of its ancestors in the search tree whose number is no greater than that.

    # 1. Number the blocks in preorder, without recursion.
    order: list[int] = []  # order[v] is the block that has the number v
    parent: list[int] = []  # parent[v] is a number, as everything below
    number = [-1] * len(successors)  # of a block; -1 until it is reached
    stack = [(0, 0)]
    while stack:
        block, came_from = stack.pop()
        if number[block] < 0:
            number[block] = v = len(order)
            order.append(block)
            parent.append(came_from)
            stack.extend((target, v) for target in reversed(successors[block]))

    predecessors: list[list[int]] = [[] for _ in order]
    for v, block in enumerate(order):
        for target in successors[block]:
            predecessors[number[target]].append(v)

    # 2. Semidominators, from the last number to the first. `ancestor` is the search tree
    #    with paths compressed, and label[v] the least semidominator on the part of the path
    #    that v has skipped.
    ancestor = list(parent)
    label = list(range(len(order)))
    semi = list(range(len(order)))
    for w in range(len(order) - 1, 0, -1):
        for v in predecessors[w]:
            path = []
            while ancestor[v] > w:
                path.append(v)
                v = ancestor[v]
            for u in reversed(path):
                label[u] = min(label[u], label[v])
                ancestor[u] = ancestor[v]
                v = u
            semi[w] = min(semi[w], label[v])
        label[w] = semi[w]

    # 3. Climb from the parent to the first block that is not below the semidominator.
    idom = list(parent)
    for w in range(1, len(order)):
        while idom[w] > semi[w]:
            idom[w] = idom[idom[w]]

    result: list[int | None] = [None] * len(successors)
    for w in range(1, len(order)):
        result[order[w]] = order[idom[w]]
    return result


@part("ir.dominance_frontiers")
def dominance_frontiers(successors: list[list[int]], idoms: list[int | None]) -> list[set[int]]:
    """The dominance frontier of each block: where its dominance ends.

    b is in the frontier of a when a dominates a predecessor of b, but not b itself unless b
    is a. Unreachable blocks have an empty frontier and are in none.

    From each edge that leaves a dominator's region, climb the dominator tree (Cooper, Harvey
    & Kennedy, "A Simple, Fast Dominance Algorithm", 2001, figure 5). Stop where b is in the
    frontier already: everything above has it, too. So every step of a climb but the last adds
    to the answer, and the time is O(edges + size of the answer).
    """
    frontiers: list[set[int]] = [set() for _ in successors]
    for block, targets in enumerate(successors):
        if block != 0 and idoms[block] is None:
            continue
        for target in targets:
            runner: int | None = block
            # Where a climb was before, it has also been everywhere above.
            while (
                runner is not None and runner != idoms[target] and target not in frontiers[runner]
            ):
                frontiers[runner].add(target)
                runner = idoms[runner]
    return frontiers


def dominator_tree(idoms: list[int | None]) -> list[list[int]]:
    """The children of each block in the dominator tree: the blocks it immediately dominates."""
    children: list[list[int]] = [[] for _ in idoms]
    for block, idom in enumerate(idoms):
        if idom is not None:
            children[idom].append(block)
    return children


def dominator_intervals(idoms: list[int | None]) -> list[tuple[int, int] | None]:
    """An interval of numbers for each block, such that a dominates b exactly when the
    interval of a contains the start of that of b: `a[0] <= b[0] < a[1]`. O(blocks).

    Unreachable blocks have None.
    """
    intervals: list[tuple[int, int] | None] = [None] * len(idoms)
    children = dominator_tree(idoms)
    starts = [0] * len(idoms)
    clock = 0
    stack = [(0, False)] if idoms else []
    while stack:
        block, done = stack.pop()
        if done:
            intervals[block] = (starts[block], clock)
        else:
            starts[block] = clock
            clock += 1
            stack.append((block, True))
            stack.extend((child, False) for child in children[block])
    return intervals
