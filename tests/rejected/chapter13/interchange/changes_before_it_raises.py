# fails: tests
# says: left damaged|leaves the nest as it is
def interchange(
    nest: Operation,
    permutation: Sequence[int],
    *,
    reassociate: bool = False,
    force: bool = False,
) -> None:

    check_order(nest, permutation)
    loops = band(nest)
    old = [(loop.operands, loop.attributes, induction_variable(loop)) for loop in loops]
    legal = force
    if not force:
        try:
            check_dependences(nest, permutation, reassociate)
            legal = True
        except NestError:
            pass
    renamed = {}
    for loop, number in zip(loops, permutation):
        loop.operands, loop.attributes, was = old[number]
        renamed[was] = induction_variable(loop)
    replace_uses(nest, renamed)
    if not legal:
        raise NestError("the order breaks a dependence")
