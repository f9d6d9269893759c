# fails: tests
# says: linalg.matmul is left
def fast_matmul():
    return "one-shot-bufferize, canonicalize", ""
