# fails: tests
# says: plain_panels
# What it is measured against: correct, and not the reader's.
def multiply_panels(A, B, C):
    vectors.plain_panels(A, B, C)
