# fails: speed
# says: bar|still running
# Looks a pair up by walking along all of them.
def equivalent(one, other):
    letters = common_letters(one.alphabet, other.alphabet)
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
            if after not in work:
                words[after] = pair, character
                work.append(after)
    return None
