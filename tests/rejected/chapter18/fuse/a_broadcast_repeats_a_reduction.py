# fails: tests
# says: a broadcast repeats it
# Into its only user goes everything that isn't alone.
def fuse(computation):
    users = {}
    for name in needed(computation):
        for each in set(operands(computation, name)):
            users.setdefault(each, []).append(name)
    kernel = {}
    for name in reversed(needed(computation)):
        mine = users.get(name, [])
        alone = is_alone(computation[name].opcode) or name in results(computation)
        if len(mine) == 1 and not alone and not is_alone(computation[mine[0]].opcode):
            kernel[name] = kernel[mine[0]]
        else:
            kernel[name] = [name]
        if name not in kernel[name]:
            kernel[name].append(name)
    found = list({id(each): each for each in kernel.values()}.values())
    return in_order(computation, found)
