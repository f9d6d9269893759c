# fails: tests
# says: is None|return
def resolve(events):
    pass
