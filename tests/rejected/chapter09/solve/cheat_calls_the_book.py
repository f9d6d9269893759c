# fails: tests
# says: switched off while yours is checked
def solve(problem, successors):
    return tern.analysis.solve(problem, successors)
