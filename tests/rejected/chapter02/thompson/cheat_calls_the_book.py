# fails: tests
# says: switched off
# Asks tern.
def thompson(regex):
    from tern.text import automata

    return automata.thompson(regex)
