# fails: tests
# says: differs|No shorter text
# Closes the start, and no set after it.
def determinize(nfa, max_states=MAX_STATES):
    alphabet = alphabet_of(ranges for row in nfa.moves for ranges, _ in row)
    letters = {letter: chr(first) for first, _, letter in alphabet.intervals()}
    subsets = [frozenset()]
    numbers = {subsets[0]: DEAD}

    def number(states):
        subset = frozenset(states)
        if subset not in numbers:
            numbers[subset] = len(subsets)
            subsets.append(subset)
            if len(subsets) > max_states:
                raise TooManyStates(f"more than {max_states} states")
        return numbers[subset]

    table, accepting = [], []
    start = number(epsilon_closure(nfa, [nfa.start]))
    for subset in subsets:
        table.append([number(move(nfa, subset, letters[c])) for c in range(alphabet.size)])
        accepting.append(rule_of(nfa, subset))
    return DFA(alphabet, np.array(table, np.int32), tuple(accepting), start)
