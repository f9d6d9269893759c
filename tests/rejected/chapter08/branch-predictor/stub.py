# fails: tests
# says: not finished|NotImplementedError
def predict_branches(branches, taken):
    raise NotImplementedError()
