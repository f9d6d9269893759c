# fails: tests
# says: is None|return
def broadcast(left, right):
    pass
