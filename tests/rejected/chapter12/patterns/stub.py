# fails: tests
# says: operations left
def patterns() -> list:
    return []
