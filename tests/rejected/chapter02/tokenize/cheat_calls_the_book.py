# fails: tests
# says: switched off
# Asks tern.
def tokenize(source):
    import tern.text

    return tern.text.tokenize(source)
