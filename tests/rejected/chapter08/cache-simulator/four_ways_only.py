# fails: tests
# says: expected|differ
# The tree of the visible test: three bits, for four ways and no others.
@njit
def lru(lines, tags, missed):
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


@njit
def tree(lines, tags, notes, missed):
    sets, ways = tags.shape
    for t in range(len(lines)):
        row, bits = tags[lines[t] % sets], notes[lines[t] % sets]
        way = 0
        while way < ways and row[way] != lines[t]:
            way += 1
        missed[t] = way == ways
        if way == ways:
            way = 0
            while way < ways and row[way] != -1:
                way += 1
        if way == ways:
            way = (2 + bits[2]) if bits[0] else bits[1]
            way = min(way, ways - 1)
        row[way] = lines[t]
        if ways >= 3:
            bits[0] = 0 if way >= 2 else 1
            bits[1 + way // 2 % 2] = 1 - way % 2
        elif ways == 2:
            bits[0], bits[1] = 0, 1 - way


def access_lines(lines, tags, notes, policy):
    missed = np.empty(len(lines), np.bool_)
    if policy == "lru":
        lru(lines, tags, missed)
    else:
        tree(lines, tags, notes, missed)
    return missed
