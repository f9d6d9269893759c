# fails: speed
# says: 95 of 100
# The list of a well-known tutorial, or nearly: no look at the shape.
def autotune(shape, device, count=4):
    known = [
        Configuration(64, 64, 32, 4, 4, 8),
        Configuration(32, 64, 32, 4, 4, 8),
        Configuration(16, 64, 64, 4, 4, 1),
        Configuration(128, 128, 32, 8, 3, 8),
    ]
    return [how for how in known if resources_of(how, device, 2).resident][:count]
