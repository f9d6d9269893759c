# fails: tests
# says: NotImplementedError
def split_k(a, b, deterministic=True, splits=256):
    raise NotImplementedError("later")
