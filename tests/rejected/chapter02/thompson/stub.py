# fails: tests
# says: None
# Nothing yet.
def thompson(regex):
    pass
