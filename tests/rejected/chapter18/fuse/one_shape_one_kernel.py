# fails: tests
# says: which no kernel before it has written
# All of one shape together: they wait for each other.
def fuse(computation):
    groups, alone = {}, []
    for name in needed(computation):
        if is_alone(computation[name].opcode):
            alone.append([name])
        else:
            groups.setdefault(computation[name].shape, []).append(name)
    kernels = [*groups.values(), *alone]
    return in_order(computation, kernels) or kernels
