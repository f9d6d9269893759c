# fails: tests
# says: The same list each time
def autotune(shape, device, count=4):
    tiles = list(itertools.product((16, 32, 64), (16, 32, 64), (16, 32)))
    random.shuffle(tiles)
    return [Configuration(*tile, 4, 2, 1) for tile in tiles[:count]]
