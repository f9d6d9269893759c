# fails: speed
# says: the book's CPU time|took longer|time
def access_lines(lines, tags, notes, policy):
    sets, ways = tags.shape
    missed = np.empty(len(lines), np.bool_)
    rows, bits = tags.tolist(), notes.tolist()
    for t, line in enumerate(lines.tolist()):
        row, tree = rows[line % sets], bits[line % sets]
        missed[t] = line not in row
        if policy == "lru":
            if line in row:
                row.remove(line)
            else:
                row.pop()
            row.insert(0, line)
            continue
        if line in row:
            way = row.index(line)
        elif -1 in row:
            way = row.index(-1)
        else:
            node = 1
            while node < ways:
                node = 2 * node + tree[node]
            way = node - ways
        row[way] = line
        node = way + ways
        while node > 1:
            tree[node // 2] = 1 - node % 2
            node //= 2
    tags[:], notes[:] = rows, bits
    return missed
