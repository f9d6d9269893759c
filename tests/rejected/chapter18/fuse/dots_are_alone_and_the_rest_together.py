# fails: tests
# says: break a rule
# Right where nothing is in a cycle and all shapes are one.
def fuse(computation):
    alone = [[name] for name in needed(computation) if is_alone(computation[name].opcode)]
    rest = [name for name in needed(computation) if not is_alone(computation[name].opcode)]
    return in_order(computation, [*alone, rest]) or [*alone, rest]
