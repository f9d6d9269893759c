# fails: tests
# says: a dictionary, of values and registers
def linear_scan(intervals, weights, choices, hints):
    pass
