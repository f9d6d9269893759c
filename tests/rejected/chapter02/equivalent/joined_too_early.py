# fails: tests
# says: None|the two agree|shortest
# Joins groups before it asks whether the rules differ, and asks no more about states in one group.
def equivalent(one: DFA, other: DFA) -> str | None:
    """A shortest text that the two match by different rules (one perhaps by none); None if none.

    Follows both at once, from pair of states to pair of states. Pairs that must be equal because
    others are need no second look, which leaves fewer pairs than the two have states together:
    O((states + states) * classes), with the union-find of Hopcroft and Karp (1971).
    """
    letters = common_letters(one.alphabet, other.alphabet)
    rows, columns = one.table.tolist(), other.table.tolist()
    leader = list(range(len(rows) + len(columns)))  # of the states of both, those of `other` behind

    def find(state: int) -> int:
        while leader[state] != state:
            leader[state] = state = leader[leader[state]]
        return state

    # Each pair with the pair that it was reached from, and the character.
    reached = [(one.start, other.start, -1, "")]
    leader[one.start] = len(rows) + other.start
    for s in range(len(rows)):
        for t in range(len(columns)):
            if s and t and one.accepting[s] == other.accepting[t] >= 0 and (rows[s] == columns[t]):
                leader[find(s)] = find(len(rows) + t)
    for number, (p, q, _, _) in enumerate(reached):  # which grows meanwhile
        if one.accepting[p] != other.accepting[q]:
            return _word(reached, number)
        row, column = rows[p], columns[q]
        for character, a, b in letters:
            p, q = row[a], column[b]
            first, second = find(p), find(len(rows) + q)
            if first != second:
                leader[first] = second
                reached.append((p, q, number, character))
    return None


def _word(reached: list[tuple[int, int, int, str]], number: int) -> str:
    """What was read from the first pair to this one."""
    characters = []
    while number >= 0:
        _, _, number, character = reached[number]
        characters.append(character)
    return "".join(reversed(characters))
