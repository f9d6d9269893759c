# fails: tests
# says: is expensive
# A kernel for each result and each dot, with all that it needs.
def fuse(computation):
    written = {name for name in needed(computation) if is_alone(computation[name].opcode)}
    written |= set(results(computation)) & set(needed(computation))
    written |= {each for name in written if is_alone(computation[name].opcode)
                for each in operands(computation, name)
                if computation[each].opcode != "parameter"}
    kernels = []
    for name in written:
        members, waiting = set(), [name]
        while waiting:
            one = waiting.pop()
            if computation[one].opcode != "parameter":
                members.add(one)
                waiting += [each for each in operands(computation, one) if each not in written]
        kernels.append(sorted(members))
    return in_order(computation, kernels)
