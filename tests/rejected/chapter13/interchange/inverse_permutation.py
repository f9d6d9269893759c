# fails: tests
# says: permutation\[p\] comes at depth p
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
    for number, place in enumerate(permutation):
        loops[place].operands, loops[place].attributes, was = old[number]
        renamed[was] = induction_variable(loops[place])
    replace_uses(nest, renamed)
