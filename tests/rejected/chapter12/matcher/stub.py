# fails: tests
# says: matches
def matcher(rules, ask=ask):
    return lambda op: []
