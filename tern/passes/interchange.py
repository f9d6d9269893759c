"""Running the loops of a nest in another order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tern.analysis.dependence import Vector, dependence_vectors, vector_text
from tern.analysis.nests import NestError, band, induction_variable
from tern.ir import Operation, replace_uses
from tern.ir.dialects.affine import lower_bound, upper_bound
from tern.parts import part


@part("passes.is_legal_order")
def is_legal_order(vectors: Iterable[Vector], permutation: Sequence[int]) -> bool:
    """Whether loops may run in another order: loop `permutation[p]` of them at depth p.

    `vectors` are the dependences of the nest in its present order. Each must stay
    lexicographically positive or zero: of its entries in the new order, the first that is not
    0 must be positive (a number, or "<"). "*" can be anything, so it cannot come first.
    O(vectors x loops).

        >>> is_legal_order([(1, -1)], (1, 0))
        False
        >>> is_legal_order([(0, 0, "<")], (0, 2, 1))
        True
    """
    for vector in vectors:
        for loop in permutation:
            distance = vector[loop]
            if distance == "<" or (isinstance(distance, int) and distance > 0):
                break  # this loop carries the dependence: the ones inside are free
            if distance != 0:
                return False
    return True


def check_order(nest: Operation, permutation: Sequence[int]) -> None:
    """NestError unless the loops of a nest have bounds that allow another order."""
    loops = band(nest)
    if sorted(permutation) != list(range(len(loops))):
        raise NestError(f"{tuple(permutation)} is not an order of {len(loops)} loops")
    for depth, number in enumerate(permutation):
        inner = {induction_variable(loops[later]) for later in permutation[depth + 1 :]}
        if inner & {*lower_bound(loops[number])[0], *upper_bound(loops[number])[0]}:
            raise NestError(f"a bound of loop {number} needs a loop that would be inside it")


def check_dependences(
    nest: Operation, permutation: Sequence[int], reassociate: bool = False
) -> None:
    """NestError if another order of the loops of a nest breaks a dependence."""
    for vector in dependence_vectors(nest, reassociate):
        if not is_legal_order([vector], permutation):
            raise NestError(
                f"the order {tuple(permutation)} breaks the dependence {vector_text(vector)}"
            )


@part("passes.interchange")
def interchange(
    nest: Operation,
    permutation: Sequence[int],
    *,
    reassociate: bool = False,
    force: bool = False,
) -> None:
    """Put loop `permutation[p]` of the band of `nest` at depth p, in place.

    The loops trade their bounds and steps, and the body their induction variables. `reassociate`
    allows floating-point reductions another order; `force` skips the check of the dependences,
    which makes another program of an illegal order.

    Raises:
        NestError: the order breaks a dependence, which the line names, or isn't an order.
    """
    check_order(nest, permutation)
    if not force:
        check_dependences(nest, permutation, reassociate)
    loops = band(nest)
    old = [(loop.operands, loop.attributes, induction_variable(loop)) for loop in loops]
    renamed = {}
    for loop, number in zip(loops, permutation):
        loop.operands, loop.attributes, was = old[number]
        renamed[was] = induction_variable(loop)
    replace_uses(nest, renamed)
