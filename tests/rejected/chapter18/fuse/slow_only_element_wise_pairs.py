# fails: speed
# says: book's bytes accessed
# Two neighbors in the text, if the rules allow it, and no third one.
def fuse(computation):
    kernels, names = [], needed(computation)
    while names:
        pair = names[:2]
        rest = [[each] for each in names[2:]]
        if len(pair) == 2 and mistake(computation, [*kernels, pair, *rest]):
            pair = names[:1]
        kernels.append(pair)
        names = names[len(pair) :]
    return kernels
