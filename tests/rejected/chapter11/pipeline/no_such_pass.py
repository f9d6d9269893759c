# fails: tests
# says: MLIR refuses the pipeline.*affine-make-fast
def fast_matmul():
    return "one-shot-bufferize, func.func(affine-make-fast, convert-linalg-to-loops)", ""
