# fails: tests
# says: switched off
def access_lines(lines, tags, notes, policy):
    cache = cost.Cache(64 * tags.size, tags.shape[1], 64, policy)
    return cache.missed(lines * 64)
