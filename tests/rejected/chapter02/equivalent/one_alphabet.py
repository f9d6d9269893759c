# fails: tests
# says: None|the two agree
# Takes the classes of both to be the same ones.
def equivalent(one, other):
    letters = [(chr(low), c, c) for low, _, c in one.alphabet.intervals() if c < other.alphabet.size]
    rows, columns = one.table.tolist(), other.table.tolist()
    start = one.start, other.start
    words = {start: (None, "")}
    work = [start]
    for pair in work:
        p, q = pair
        if one.accepting[p] != other.accepting[q]:
            text = []
            while pair is not None:
                pair, character = words[pair]
                text.append(character)
            return "".join(reversed(text))
        for character, a, b in letters:
            after = rows[p][a], columns[q][b]
            if after not in words:
                words[after] = pair, character
                work.append(after)
    return None
