# fails: speed
# says: CPU time grew
# Rounds that begin with the distance to acceptance, which on a line is all there is to know.
def minimize(dfa):
    """By distance to acceptance first (a shortcut for lines), then Moore in rounds in Python."""
    n, k = dfa.table.shape
    table = dfa.table.tolist()
    into = [[] for _ in range(n)]
    for s, row in enumerate(table):
        for t in set(row):
            into[t].append(s)
    dist = [-1] * n
    order = [s for s in range(n) if dfa.accepting[s] != NONE]
    for s in order:
        dist[s] = 0
    for s in order:
        for p in into[s]:
            if dist[p] < 0:
                dist[p] = dist[s] + 1
                order.append(p)
    block, count = list(zip(dist, dfa.accepting)), 0
    while True:
        names, new = {}, []
        for s in range(n):
            key = (block[s], *[block[t] for t in table[s]])
            new.append(names.setdefault(key, len(names)))
        if len(names) == count:
            return quotient(dfa, new)
        count, block = len(names), new
