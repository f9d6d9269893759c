# fails: tests
# says: None
# Nothing yet.
def equivalent(one, other):
    pass
