# fails: tests
# says: expected|differ
# First in, first out: a hit does not move its line to the front.
@njit
def run(lines, tags, missed):
    sets, ways = tags.shape
    for t in range(len(lines)):
        row = tags[lines[t] % sets]
        found = False
        for way in range(ways):
            found = found or row[way] == lines[t]
        missed[t] = not found
        if not found:
            for way in range(ways - 1, 0, -1):
                row[way] = row[way - 1]
            row[0] = lines[t]


def access_lines(lines, tags, notes, policy):
    missed = np.empty(len(lines), np.bool_)
    run(lines, tags, missed)
    return missed
