# fails: tests
# says: takes its bounds and its step along
def interchange(
    nest: Operation,
    permutation: Sequence[int],
    *,
    reassociate: bool = False,
    force: bool = False,
) -> None:

    check_order(nest, permutation)
    if not force:
        check_dependences(nest, permutation, reassociate)
    loops = band(nest)
    old = [(loop.operands, loop.attributes, induction_variable(loop)) for loop in loops]
    renamed = {}
    for loop, number in zip(loops, permutation):
        loop.operands, loop.attributes, was = old[number]
        renamed[was] = induction_variable(loop)
    for op in loops[-1].body.blocks[0].operations:
        op.operands = [renamed.get(value, value) for value in op.operands]
