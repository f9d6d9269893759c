# fails: tests
# says: differs|items
# Where nothing ended from one state, it stops in every state.
def scan(dfa: DFA, text: str) -> list[tuple[int, int, int]]:
    """The tokens of a text, each as (rule, start, end): together they are all of it.

    Each is the longest text from its start on that a rule matches, and of several rules the
    smallest. Where none matches a character or more, that character is a token of rule NONE (-1).
    Linear in the length whatever the rules are, O(length * states) at worst: no state is left
    twice at one position in vain. (Reps 1998.)
    """
    letters = dfa.alphabet.classes_of(text).tolist()
    rows, accepting = dfa.table.tolist(), dfa.accepting
    length, count = len(letters), len(rows)
    failed: set[int] = set()  # position * count + state, where no token ends any more
    farthest = 0  # no position beyond it is in `failed`
    tokens: list[tuple[int, int, int]] = []
    start = 0
    while start < length:
        at, state = start, dfa.start
        rule, end, resume = NONE, start, state  # of the longest match so far
        while at < length:
            state = rows[state][letters[at]]
            at += 1
            if state == DEAD or (at <= farthest and at in failed):
                break
            if accepting[state] != NONE:
                rule, end, resume = accepting[state], at, state
        for position in range(end + 1, at):  # what was read in vain, once more
            resume = rows[resume][letters[position - 1]]
            failed.add(position)
        farthest = max(farthest, at - 1)
        end = max(end, start + 1)
        tokens.append((rule, start, end))
        start = end
    return tokens
