# fails: speed
# says: as fast as the baseline
def fast_convolution():
    return "one-shot-bufferize, canonicalize, func.func(convert-linalg-to-loops)", ""
