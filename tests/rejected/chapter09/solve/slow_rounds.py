# fails: speed
# says: visits
# Right: every block, again and again, until nothing changes.
def solve(problem, successors):
    predecessors = predecessors_of(successors)
    sources = successors if problem.backward else predecessors
    order = postorder(successors)
    if not problem.backward:
        order.reverse()
    before = [problem.start] * len(order)
    after = [problem.start] * len(order)
    visits, again = [], True
    while again:
        again = False
        for block in order:
            visits.append(block)
            at_boundary = not successors[block] if problem.backward else block == 0
            fact = problem.boundary if at_boundary else problem.start
            for source in sources[block]:
                fact = problem.meet(fact, after[source])
            before[block] = fact
            fact = problem.transfer(block, fact)
            if fact != after[block]:
                after[block] = fact
                again = True
    if problem.backward:
        return Solution(after, before, visits)
    return Solution(before, after, visits)
