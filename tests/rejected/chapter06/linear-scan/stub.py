# fails: tests
# says: is None: is a `return` missing
def linear_scan(intervals, weights, choices, hints):
    pass
