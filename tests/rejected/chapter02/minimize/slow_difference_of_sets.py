# fails: speed
# says: CPU time grew
# Hopcroft's, but each split walks through the whole block.
from collections import defaultdict


def minimize(dfa: DFA) -> DFA:
    """Hopcroft as in Wikipedia: sets, a worklist of blocks, every class for each."""
    n, classes = dfa.table.shape
    into = [defaultdict(set) for _ in range(classes)]
    for s in range(n):
        for c in range(classes):
            into[c][int(dfa.table[s, c])].add(s)
    by_rule = defaultdict(set)
    for s, r in enumerate(dfa.accepting):
        by_rule[r].add(s)
    P = {i: b for i, b in enumerate(by_rule.values())}
    where = {s: i for i, b in P.items() for s in b}
    W = set(P)
    while W:
        A = frozenset(P[W.pop()])
        for c in range(classes):
            X = set()
            for t in A:
                X |= into[c].get(t, set())
            touched = defaultdict(set)
            for s in X:
                touched[where[s]].add(s)
            for y, inter in touched.items():
                if len(inter) == len(P[y]):
                    continue
                rest = P[y] - inter
                new = len(P)
                small, large = (inter, rest) if len(inter) <= len(rest) else (rest, inter)
                P[y], P[new] = large, small
                for s in small:
                    where[s] = new
                W.add(new)
    return quotient(dfa, [where[s] for s in range(n)])
