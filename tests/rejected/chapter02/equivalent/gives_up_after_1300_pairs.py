# fails: tests
# says: missing|differs|expected
# Takes two automata for equal if 1,300 pairs say so.
def equivalent(one, other):
    """BFS that gives up after 5,000 pairs and says None."""
    letters = common_letters(one.alphabet, other.alphabet)
    left, right = one.table.tolist(), other.table.tolist()
    seen = {(one.start, other.start)}
    queue = [(one.start, other.start, "")]
    for s, t, text in queue:
        if one.accepting[s] != other.accepting[t]:
            return text
        if len(queue) > 1300:
            return None
        for c, a, b in letters:
            pair = (left[s][a], right[t][b])
            if pair not in seen:
                seen.add(pair)
                queue.append((*pair, text + c))
    return None
