# fails: tests
# says: points at way 2
# Right wherever a tree and LRU agree: with one or two ways, and on most short traces.
@njit
def run(lines, tags, missed):
    sets, ways = tags.shape
    for t in range(len(lines)):
        row = tags[lines[t] % sets]
        depth = 0
        while depth < ways and row[depth] != lines[t]:
            depth += 1
        missed[t] = depth == ways
        for way in range(min(depth, ways - 1), 0, -1):
            row[way] = row[way - 1]
        row[0] = lines[t]


def access_lines(lines, tags, notes, policy):
    missed = np.empty(len(lines), np.bool_)
    run(lines, tags, missed)
    return missed
