# fails: tests
# says: is a `return` missing|None
def solve(problem, successors):
    pass
