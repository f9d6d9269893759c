# fails: tests
# says: switched off
# Asks tern.
def equivalent(one, other):
    from tern.text import automata

    return automata.equivalent(one, other)
