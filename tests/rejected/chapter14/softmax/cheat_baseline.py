# fails: tests
# says: passes_softmax
# What it is measured against: correct, and not the reader's.
def softmax(x, y):
    vectors.passes_softmax(x, y)
