# fails: tests
# says: not the tokens of
# Plain, but after a letter whose search was in vain, guesses that the next ones are alike.
def scan(dfa, text):
    """Plain, but if a token of one char was read in vain to the end, the same letter gives the same token."""
    table = dfa.table.tolist(); accepting = dfa.accepting
    letters = dfa.alphabet.classes_of(text).tolist()
    tokens, start, length = [], 0, len(text)
    last = None
    while start < length:
        state, at, rule, end = dfa.start, start, NONE, start + 1
        if last is not None and last[0] == letters[start] and start + 1 < length and letters[start + 1] == letters[start]:
            tokens.append((last[1], start, start + 1)); start += 1
            continue
        last = None
        while at < length:
            state = table[state][letters[at]]; at += 1
            if state == DEAD: break
            if accepting[state] != NONE: rule, end = accepting[state], at
        if end == start + 1 and at > end + 50: last = (letters[start], rule)
        tokens.append((rule, start, end)); start = end
    return tokens
