# fails: speed
# says: book's bytes accessed
def fuse(computation):
    return [[name] for name in needed(computation)]
