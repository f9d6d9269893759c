# fails: tests
# says: the test fails for what is right
# No checks at all.
def strength_test() -> str:
    return r"""
"""
