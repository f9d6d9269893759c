# fails: tests
# says: None
# Nothing yet.
def determinize(nfa, max_states=MAX_STATES):
    pass
