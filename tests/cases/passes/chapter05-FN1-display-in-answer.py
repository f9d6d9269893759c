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


display(immediate_dominators([[1], []]))
