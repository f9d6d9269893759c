# fails: tests
# says: expected a list of rules
def peepholes() -> list:
    return []
