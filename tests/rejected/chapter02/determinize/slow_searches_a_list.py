# fails: speed
# says: faster than|grew|still running|bar
# Looks a set up by walking along all of them.
def determinize(nfa, max_states=MAX_STATES):
    alphabet = alphabet_of(ranges for row in nfa.moves for ranges, _ in row)
    letters = {letter: chr(first) for first, _, letter in alphabet.intervals()}
    subsets = [frozenset()]

    def number(states):
        subset = frozenset(epsilon_closure(nfa, states))
        for known, one in enumerate(subsets):
            if one == subset:
                return known
        subsets.append(subset)
        if len(subsets) > max_states:
            raise TooManyStates(f"more than {max_states} states")
        return len(subsets) - 1

    table, accepting = [], []
    start = number([nfa.start])
    for subset in subsets:
        table.append([number(move(nfa, subset, letters[c])) for c in range(alphabet.size)])
        accepting.append(rule_of(nfa, subset))
    return DFA(alphabet, np.array(table, np.int32), tuple(accepting), start)
