# fails: tests
# says: number of states|No shorter text
# Splits once, by the rules and one step.
def minimize(dfa):
    numbers = {}
    keys = [(dfa.accepting[s], *(dfa.accepting[t] for t in row)) for s, row in enumerate(dfa.table.tolist())]
    return quotient(dfa, [numbers.setdefault(key, len(numbers)) for key in keys])
