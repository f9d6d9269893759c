# fails: tests
# says: NotImplementedError
def autotune(shape, device, count=4):
    raise NotImplementedError("later")
