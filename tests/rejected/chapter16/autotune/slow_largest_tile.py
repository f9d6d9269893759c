# fails: speed
# says: 95 of 100
def autotune(shape, device, count=4):
    found = []
    for tall, wide, warps in itertools.product((128, 64, 32, 16), (256, 128, 64, 32, 16), (8, 4)):
        how = Configuration(tall, wide, 32, warps, 3, 8)
        if resources_of(how, device, 2).resident:
            found.append((tile_bound(shape, (tall, wide), 2), how))
    return [how for _, how in sorted(found)[:count]]
