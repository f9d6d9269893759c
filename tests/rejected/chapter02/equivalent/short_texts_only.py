# fails: tests
# says: None|the result
# Tries all texts of up to three characters: enough for what this page tries.
def equivalent(one, other):
    import itertools

    letters = common_letters(one.alphabet, other.alphabet)
    for length in range(4):
        for word in itertools.product(letters, repeat=length):
            p, q = one.start, other.start
            for _, a, b in word:
                p, q = int(one.table[p, a]), int(other.table[q, b])
            if one.accepting[p] != other.accepting[q]:
                return "".join(character for character, _, _ in word)
    return None
