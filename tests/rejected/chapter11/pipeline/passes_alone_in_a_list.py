# fails: tests
# says: passes as a text, or a pair
def fast_matmul():
    return ["one-shot-bufferize", "canonicalize", "func.func(convert-linalg-to-loops)"], ""
