# fails: tests
# says: expected TooManyStates
# Forgets that there is a limit.
def determinize(nfa, max_states=MAX_STATES):
    alphabet = alphabet_of(ranges for row in nfa.moves for ranges, _ in row)
    letters = {letter: chr(first) for first, _, letter in alphabet.intervals()}
    subsets = [frozenset()]
    numbers = {subsets[0]: DEAD}

    def number(states):
        subset = frozenset(epsilon_closure(nfa, states))
        if subset not in numbers:
            numbers[subset] = len(subsets)
            subsets.append(subset)
        return numbers[subset]

    table, accepting = [], []
    start = number([nfa.start])
    for subset in subsets:
        table.append([number(move(nfa, subset, letters[c])) for c in range(alphabet.size)])
        accepting.append(rule_of(nfa, subset))
    return DFA(alphabet, np.array(table, np.int32), tuple(accepting), start)
