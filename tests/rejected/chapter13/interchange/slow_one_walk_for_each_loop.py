# fails: speed
# says: the book's CPU time
def interchange(
    nest: Operation,
    permutation: Sequence[int],
    *,
    reassociate: bool = False,
    force: bool = False,
) -> None:

    from tern.ir import Block
    from tern.types import index

    check_order(nest, permutation)
    if not force:
        check_dependences(nest, permutation, reassociate)
    loops = band(nest)
    old = [(loop.operands, loop.attributes, induction_variable(loop)) for loop in loops]
    places = Block([index] * len(loops)).args
    for number, (_, _, was) in enumerate(old):
        replace_uses(nest, {was: places[number]})
    for loop, number in zip(loops, permutation):
        loop.operands = [places[[c for _, _, c in old].index(v)] if any(v is c for _, _, c in old) else v for v in old[number][0]]
        loop.attributes = old[number][1]
    for place, number in enumerate(permutation):
        replace_uses(nest, {places[number]: induction_variable(loops[place])})
