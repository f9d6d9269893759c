# fails: tests
# says: switched off while yours is checked
def greedy(root, patterns, limit=None):
    return tern.rewrite.greedy(root, patterns, limit)
