# ---- ch05-control-flow-graph ----
def control_flow_graph(func: Operation) -> list[list[int]]:
    """For each block of `func`, the numbers of the blocks it can branch to.

    Blocks are numbered in the order in which they stand in the function; 0 is the entry. The
    numbers follow the order of the terminator's successors, each block once, so a cond_br with
    the same block on both sides has one successor. O(blocks + edges).
    """
    ### BEGIN SOLUTION
    blocks = func.body.blocks
    number = {block: i for i, block in enumerate(blocks)}
    successors = []
    for block in blocks:
        targets = block.terminator.successors if block.operations else []
        distinct = dict.fromkeys(number[target] for target, _ in targets)
        successors.append(list(distinct))
    return successors
    ### END SOLUTION


# ---- ch05-dominators ----
def immediate_dominators(successors: list[list[int]]) -> list[int | None]:
    """The immediate dominator of each block of a control flow graph.

    Block 0 is the entry. The entry and blocks that it cannot reach have None.

    The book's version is Semi-NCA (Georgiadis, "Linear-Time Algorithms for Dominators and
    Related Problems", dissertation, Princeton, 2005), which LLVM uses too: time linear in the
    size of the graphs of real programs, O(n²) at worst. Cooper, Harvey & Kennedy's iteration is
    simpler and can be quadratic on early exits.
    """
    ### BEGIN SOLUTION
    if not successors:
        return []

    # Blocks get the numbers of a depth-first search. The semidominator of a block is the smallest
    # number from which it can be reached through greater numbers only; its immediate dominator is
    # the nearest of its ancestors in the search tree whose number is no greater than that.

    # 1. Number the blocks in preorder, without recursion.
    order: list[int] = []  # order[v] is the block that has the number v
    parent: list[int] = []  # parent[v] is a number, as everything below
    number: list[int | None] = [None] * len(successors)
    stack = [(0, 0)]
    while stack:
        block, came_from = stack.pop()
        if number[block] is None:
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
    ### END SOLUTION


# ---- ch05-frontiers ----
# ���
def dominance_frontiers(successors: list[list[int]], idoms: list[int | None]) -> list[set[int]]:
    """The dominance frontier of each block: where its dominance ends.

    b is in the frontier of a when a dominates a predecessor of b, but not b itself unless b
    is a. Unreachable blocks have an empty frontier and are in none.

    From each edge that leaves a dominator's region, climb the dominator tree (Cooper, Harvey
    & Kennedy, "A Simple, Fast Dominance Algorithm", 2001, figure 5). Every step of a climb
    but the last adds to the answer, so the time is O(edges + size of the answer).
    """
    ### BEGIN SOLUTION
    frontiers: list[set[int]] = [set() for _ in successors]
    for block, targets in enumerate(successors):
        if block != 0 and idoms[block] is None:
            continue
        for target in targets:
            runner: int | None = block
            # Where a climb was before, it has also been everywhere above.
            while runner != idoms[target] and target not in frontiers[runner]:
                frontiers[runner].add(target)
                runner = idoms[runner]
    return frontiers
    ### END SOLUTION
