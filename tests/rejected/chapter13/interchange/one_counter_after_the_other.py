# fails: tests
# says: expected|differ
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
    for loop, number in zip(loops, permutation):
        loop.operands, loop.attributes, was = old[number]
        replace_uses(nest, {was: induction_variable(loop)})
