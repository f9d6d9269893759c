# fails: tests
# says: RecursionError|recursion
# Right on every graph that isn't deep.
def solve(problem, successors):
    predecessors = predecessors_of(successors)
    order, seen = [], set()

    def search(block):
        seen.add(block)
        for target in successors[block]:
            if target not in seen:
                search(target)
        order.append(block)

    for block in range(len(successors)):
        if block not in seen:
            search(block)
    sources, targets = (successors, predecessors) if problem.backward else (predecessors, successors)
    if not problem.backward:
        order.reverse()
    before = [problem.start] * len(order)
    after = [problem.start] * len(order)
    visits, work, waiting = [], list(order), set(order)
    for block in work:
        visits.append(block)
        waiting.discard(block)
        at_boundary = not successors[block] if problem.backward else block == 0
        fact = problem.boundary if at_boundary else problem.start
        for source in sources[block]:
            fact = problem.meet(fact, after[source])
        before[block] = fact
        fact = problem.transfer(block, fact)
        if fact != after[block]:
            after[block] = fact
            work.extend(target for target in targets[block] if target not in waiting)
            waiting.update(targets[block])
    if problem.backward:
        return Solution(after, before, visits)
    return Solution(before, after, visits)
