# fails: tests
# says: behind the last place that accepts
# Looks five characters ahead, and no farther.
def scan(dfa, text):
    """Plain, but gives up after 64 characters past the last accepted end."""
    table, accepting = dfa.table.tolist(), dfa.accepting
    letters = dfa.alphabet.classes_of(text).tolist()
    n, tokens, start = len(letters), [], 0
    while start < n:
        state, at = dfa.start, start
        rule, end = NONE, start + 1
        stop = n if n < 0 else min(n, start + 5)
        while at < stop:
            state = table[state][letters[at]]
            at += 1
            if state == DEAD:
                break
            if accepting[state] != NONE:
                rule, end = accepting[state], at
                stop = min(n, at + 5)
        tokens.append((rule, start, end))
        start = end
    return tokens
