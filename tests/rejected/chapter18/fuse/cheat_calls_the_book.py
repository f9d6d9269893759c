# fails: tests
# says: switched off
def fuse(computation):
    return xla.fuse(computation)
