# fails: tests
# says: number of states
# Rounds, until it takes too many of them: then the automaton comes back as it was.
def minimize(dfa):
    """Moore's rounds, and whoever needs more than 30 rounds gets the automaton back as it was."""
    rows = dfa.table.tolist()
    names, block = {}, []
    for r in dfa.accepting: block.append(names.setdefault(r, len(names)))
    count = len(names)
    for _ in range(30):
        names = {}
        block = [names.setdefault((block[s], *[block[t] for t in row]), len(names)) for s, row in enumerate(rows)]
        if len(names) == count: return quotient(dfa, block)
        count = len(names)
    return dfa
