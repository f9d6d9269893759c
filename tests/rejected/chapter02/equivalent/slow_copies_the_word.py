# fails: speed
# says: bar|still running
# Keeps pairs in a list of words, and looks each up there.
def equivalent(one, other):
    letters = common_letters(one.alphabet, other.alphabet)
    work = [(one.start, other.start, "")]
    for p, q, text in work:
        if one.accepting[p] != other.accepting[q]:
            return text
        for character, a, b in letters:
            after = int(one.table[p, a]), int(other.table[q, b])
            if after not in [(s, t) for s, t, _ in work]:
                work.append((*after, text + character))
    return None
