# fails: tests
# says: switched off
def resolve(events):
    return tern.check.resolve(events)
