# fails: speed
# says: faster than|grew|still running
# Moore's algorithm: right, and as many rounds as states on a line.
def minimize(dfa):
    rows = dfa.table.tolist()
    block_of = [rule + 1 for rule in dfa.accepting]
    count = len(set(block_of))
    while True:
        numbers = {}
        keys = [(block_of[s], *(block_of[t] for t in row)) for s, row in enumerate(rows)]
        block_of = [numbers.setdefault(key, len(numbers)) for key in keys]
        if len(numbers) == count:
            return quotient(dfa, block_of)
        count = len(numbers)
