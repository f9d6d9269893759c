# fails: speed
# says: as fast as the baseline
def fast_convolution():
    passes = """one-shot-bufferize, canonicalize, func.func(convert-linalg-to-affine-loops,
        affine-loop-unroll{unroll-factor=4}, affine-scalrep)"""
    return passes, ""
