# ---- a cell of the reader ----
%%writefile climb.py
def climb(start, stop, idoms):
    while start != stop and start is not None:
        yield start
        start = idoms[start]

# ---- ch05-frontiers ----
%load_ext autoreload
%autoreload 2
from climb import climb
def dominance_frontiers(successors, idoms):
    found = [set() for _ in successors]
    for p, targets in enumerate(successors):
        if p and idoms[p] is None:
            continue
        for b in targets:
            for runner in climb(p, idoms[b], idoms):
                if b in found[runner]:
                    break
                found[runner].add(b)
    return found
