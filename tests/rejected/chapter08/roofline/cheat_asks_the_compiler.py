# fails: tests
# says: switched off
def estimate(func, peak_flops, bandwidth):
    return tuple(cost.place(func, cost.Roofline(peak_flops, bandwidth)))
