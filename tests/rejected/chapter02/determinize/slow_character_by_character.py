# fails: speed
# says: bar|still running
# A step for each interval of Unicode, and a search through all ranges for each.
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
            if len(subsets) > max_states:
                raise TooManyStates(f"more than {max_states} states")
        return numbers[subset]

    table, accepting = [], []
    start = number([nfa.start])
    for subset in subsets:
        row = [0] * alphabet.size
        for low, high, letter in alphabet.intervals():
            for code in range(low, min(high, low + 15) + 1):
                row[letter] = number(move(nfa, subset, chr(code)))
        table.append(row)
        accepting.append(rule_of(nfa, subset))
    return DFA(alphabet, np.array(table, np.int32), tuple(accepting), start)
